using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>
/// When many resources with the same name are created concurrently, each gets its own slug or is refused because its
/// name is taken.
/// </summary>
public sealed class SameNameTests
{
    private const int Count = 300;

    [Theory]
    [EveryDatabase("organizations", true)]
    [EveryDatabase("specs", true)]
    [EveryDatabase("users", true)]
    [EveryDatabase("projects", false)]
    [EveryDatabase("branches", false)]
    [EveryDatabase("testbeds", false)]
    [EveryDatabase("benchmarks", false)]
    [EveryDatabase("measures", false)]
    [EveryDatabase("runners", false)]
    public async Task Concurrent_creations_with_one_name_are_each_created_or_refused(
        Engine engine,
        string noun,
        bool mayRepeat
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        var replies = await Task.WhenAll(
            Enumerable.Range(0, Count).Select(i => CreateAsync(server, ada, project, noun, "One name", i))
        );

        Assert.Equal(mayRepeat ? Count : 1, replies.Count(reply => reply.Status is 201 or 202));
        Assert.All(replies, reply => Assert.True(reply.Status is 201 or 202 or 409, reply.Text));
    }

    [Theory]
    [EveryDatabase("projects")]
    [EveryDatabase("branches")]
    [EveryDatabase("testbeds")]
    [EveryDatabase("benchmarks")]
    [EveryDatabase("measures")]
    public async Task Concurrent_creations_of_different_names_with_one_slug_all_succeed(Engine engine, string noun)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        // The characters at the end do not appear in the slug.
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, Count)
                .Select(i =>
                    CreateAsync(
                        server,
                        ada,
                        project,
                        noun,
                        "One" + Convert.ToString(i, toBase: 2).Replace('0', '!').Replace('1', '%'),
                        i
                    )
                )
        );

        Assert.All(replies, reply => Assert.True(reply.Status == 201, reply.Text));
        Assert.Equal(Count, replies.Select(reply => (string)reply.Json["slug"]!).Distinct().Count());
    }

    private static Task<Reply> CreateAsync(
        TestServer server,
        TestUser ada,
        string project,
        string noun,
        string name,
        int i
    ) =>
        noun switch
        {
            "organizations" => ada.PostAsync("/v0/organizations", new { name }),
            "projects" => ada.PostAsync($"/v0/organizations/{ada.Slug}/projects", new { name }),
            "users" => server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name,
                    email = $"one{i}@example.com",
                    i_agree = true,
                }
            ),
            "specs" => ada.PostAsync(
                "/v0/specs",
                new
                {
                    name,
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 1 << 28,
                    disk = 1 << 28,
                }
            ),
            "runners" => ada.PostAsync("/v0/runners", new { name }),
            "branches" => ada.PostAsync($"/v0/projects/{project}/branches", new { name = name.Replace(' ', '-') }),
            "measures" => ada.PostAsync($"/v0/projects/{project}/measures", new { name, units = "things" }),
            _ => ada.PostAsync($"/v0/projects/{project}/{noun}", new { name }),
        };
}
