using Paddock.Server.Access;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access;

/// <summary>The operator becomes the administrator, not the first user to sign up.</summary>
public sealed class FirstAdminTests
{
    [Theory, EveryDatabase]
    public async Task The_first_user_to_sign_up_does_not_become_administrator(Engine engine)
    {
        await using var server = await StartAsync(engine);

        var eve = await server.SignUpAsync("Eve First");

        Assert.False((bool)(await eve.GetAsync("/v0/users/eve-first")).Expect(200)["admin"]!);
        Assert.Equal(403, (await eve.GetAsync("/v0/users")).Status);
        Assert.Equal(0, await server.CountAsync("users WHERE admin = 1"));
    }

    [Theory, EveryDatabase]
    public async Task The_setup_token_creates_one_administrator_and_then_expires(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var (eve, token) = (await server.SignUpAsync("Eve First"), server.SetupToken!);

        Assert.Equal(
            401,
            (
                await server.PostAsync(
                    "/v0/auth/setup",
                    new
                    {
                        token = token[..^1] + (token[^1] == 'a' ? 'b' : 'a'),
                        name = "Ada",
                        email = "ada@example.com",
                    }
                )
            ).Status
        );
        Assert.Equal(
            401,
            (
                await eve.PostAsync(
                    "/v0/auth/setup",
                    new
                    {
                        token = eve.Token,
                        name = "Eve",
                        email = eve.Email,
                    }
                )
            ).Status
        );
        var session = (
            await server.PostAsync(
                "/v0/auth/setup",
                new
                {
                    token,
                    name = "Ada",
                    email = "ada@example.com",
                }
            )
        ).Expect(201);
        Assert.True((bool)session["user"]!["admin"]!);
        Assert.Equal(2, (await server.With((string)session["token"]!).GetAsync("/v0/users")).TotalCount);

        Assert.Equal(
            401,
            (
                await server.PostAsync(
                    "/v0/auth/setup",
                    new
                    {
                        token,
                        name = "Eve",
                        email = "eve2@example.com",
                    }
                )
            ).Status
        );
        Assert.Equal((2, 1), (await server.CountAsync("users"), await server.CountAsync("users WHERE admin = 1")));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_uses_of_the_setup_token_create_one_administrator(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var token = server.SetupToken!;

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    server.PostAsync(
                        "/v0/auth/setup",
                        new
                        {
                            token,
                            name = $"User {i}",
                            email = $"user{i}@example.com",
                        }
                    )
                )
        );

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal((1, 1), (await server.CountAsync("users"), await server.CountAsync("users WHERE admin = 1")));
    }

    [Fact]
    public async Task The_setup_page_accepts_the_token_and_signs_the_administrator_in()
    {
        await using var server = await StartAsync(Engine.Sqlite);
        using var reader = new PageReader(server.Address);

        var refused = await reader.PostAsync(
            "/auth/setup",
            ("token", "paddock_setup_x"),
            ("name", "Ada"),
            ("email", "ada@example.com")
        );
        Assert.Equal(401, refused.Status);
        Assert.Contains("setup token", refused.Text, StringComparison.Ordinal);
        Assert.Equal(
            403,
            (
                await reader.PostFromAsync(
                    "http://evil.example",
                    "/auth/setup",
                    ("token", server.SetupToken!),
                    ("name", "Ada"),
                    ("email", "ada@example.com")
                )
            ).Status
        );
        Assert.Equal(
            303,
            (
                await reader.PostAsync(
                    "/auth/setup",
                    ("token", server.SetupToken!),
                    ("name", "Ada"),
                    ("email", "ada@example.com")
                )
            ).Status
        );

        Assert.Equal(200, (await reader.GetAsync("/console/runners")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_new_setup_token_is_issued_at_each_start_until_an_administrator_exists(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var first = server.SetupToken!;
        await server.Part<FirstAdmin>().AnnounceAsync(); // As at the next start.
        var second = server.SetupToken!;

        Assert.NotEqual(first, second);
        Assert.Equal(
            401,
            (
                await server.PostAsync(
                    "/v0/auth/setup",
                    new
                    {
                        token = first,
                        name = "Ada",
                        email = "ada@example.com",
                    }
                )
            ).Status
        );
        (
            await server.PostAsync(
                "/v0/auth/setup",
                new
                {
                    token = second,
                    name = "Ada",
                    email = "ada@example.com",
                }
            )
        ).Expect(201);
        await server.Part<FirstAdmin>().AnnounceAsync();
        Assert.Equal(second, server.SetupToken);
    }

    [Theory, EveryDatabase]
    public async Task The_admin_command_creates_and_promotes_administrators_while_the_server_runs(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        using var nobody = new Client(server.Address, token: null);
        // In test servers the first user is administrator; this test is about the next one.
        var eve = await nobody.SignUpAsync("Eve First", server.Tokens);

        var made = await server.RunAsync("admin", "create", "ada@example.com", "Ada Operator");
        var promoted = await server.RunAsync("admin", "create", eve.Email);
        var wrong = await server.RunAsync("admin", "create", "nope");

        Assert.Equal((0, 0, 2), (made.ExitCode, promoted.ExitCode, wrong.ExitCode));
        var token = made
            .Output.Split('\n')
            .Select(line => line.Trim())
            .Single(line => line.StartsWith("Confirmation Token: ", StringComparison.Ordinal))[
            "Confirmation Token: ".Length..
        ];
        var session = (await nobody.PostAsync("/v0/auth/confirm", new { token })).Expect(200);
        Assert.Equal(("ada@example.com", true), ((string?)session["user"]!["email"], (bool)session["user"]!["admin"]!));
        Assert.Contains("eve.first@example.com", promoted.Output, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(Engine engine) =>
        TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { FirstAdmin = FirstAdminRule.Token },
            }
        );
}
