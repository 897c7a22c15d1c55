using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Projects;

public sealed class StartPageTests
{
    private static readonly (string, string) Browser = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

    [Theory, EveryDatabase]
    public async Task An_empty_server_shows_the_commands_to_get_started(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                ConsoleUrl = "https://paddock.example/",
            }
        );
        using var reader = new PageReader(server.Address);

        foreach (var path in (string[])["/", "/perf", "/console"])
        {
            var page = await reader.GetAsync(path, Browser);

            Assert.Equal(200, page.Status);
            Assert.Equal(
                3,
                page.Text.Split('\n')
                    .Count(line =>
                        line.Contains("export PADDOCK_HOST=https://paddock.example", StringComparison.Ordinal)
                        || line.StartsWith("paddock run", StringComparison.Ordinal)
                    )
            );
            Assert.Contains("href=\"/auth/login\"", page.Text, StringComparison.Ordinal);
        }
    }

    [Theory, EveryDatabase]
    public async Task The_start_page_lists_only_the_projects_that_the_viewer_may_see(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Open <b>");
        await ada.CreateProjectAsync("Hidden");
        (await ada.PatchAsync("/v0/projects/hidden", new { visibility = "private" })).Expect(200);
        using var stranger = new PageReader(server.Address);
        using var signedIn = await PageReader.SignInAsync(server, ada.Token);

        var (outside, inside) = (await stranger.GetAsync("/", Browser), await signedIn.GetAsync("/", Browser));

        Assert.Contains("<a href=\"/perf/open-b\">Open &lt;b&gt;</a>", outside.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Hidden", outside.Text, StringComparison.Ordinal);
        Assert.Contains(
            "<a href=\"/console/projects/hidden\">Hidden</a> (private)",
            inside.Text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Sign up", inside.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_same_root_answer_as_from_v0()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var reply = await server.SendAsync(HttpMethod.Get, "/", body: null);

        Assert.Equal((200, "null", 1), (reply.Status, reply.Text, reply.TotalCount));
    }

    [Fact]
    public async Task An_unknown_address_answers_browsers_with_a_page_and_programs_with_JSON()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var reader = new PageReader(server.Address);

        foreach (var path in (string[])["/nothing", "/perf/a/b/c/d", "/console/projects/x/y/z"])
        {
            var page = await reader.GetAsync(path, Browser);
            var json = await server.GetAsync(path);

            Assert.Equal(404, page.Status);
            Assert.Contains("<h1>Not found</h1>", page.Text, StringComparison.Ordinal);
            Assert.Contains("<a class=\"button quiet\" href=\"/\">", page.Text, StringComparison.Ordinal);
            Assert.Equal(404, json.Status);
            Assert.Contains(path, json.Message, StringComparison.Ordinal);
        }
        foreach (var path in (string[])["/v0/nothing", "/v2/x/nothing", "/pods/x/y"])
            Assert.StartsWith("{", (await reader.GetAsync(path, Browser)).Text, StringComparison.Ordinal);
    }
}
