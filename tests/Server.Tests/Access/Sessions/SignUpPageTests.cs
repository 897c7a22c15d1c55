using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Sessions;

/// <summary>The claim link that an anonymous run prints, and signing up with a browser.</summary>
public sealed partial class SignUpPageTests
{
    [Theory, EveryDatabase]
    public async Task Signing_up_by_a_claim_link_makes_the_user_owner_of_the_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var free = await FreeAsync(server);
        using var reader = new PageReader(server.Address);

        var page = await reader.GetAsync("/auth/signup?claim=" + free);
        Assert.Equal(200, page.Status);
        Assert.Contains("<h1>Claim Free", page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/perf/free\"", page.Text, StringComparison.Ordinal);
        Assert.Contains($"name=\"claim\" value=\"{free}\"", page.Text, StringComparison.Ordinal);
        var sent = await reader.PostAsync(
            "/auth/signup",
            ("claim", free),
            ("name", "Bob Builder"),
            ("email", "bob@example.com"),
            ("agree", "yes")
        );

        Assert.Equal(200, sent.Status);
        Assert.Contains("bob@example.com", sent.Text, StringComparison.Ordinal);
        Assert.False(sent.Headers.Contains("Set-Cookie")); // Not before the mail is read.
        using var bob = await PageReader.SignInAsync(server, server.Tokens.Mint("auth", "bob@example.com"));
        Assert.Equal(200, (await bob.GetAsync($"/console/organizations/{free}/api-keys")).Status);
        Assert.Equal(409, (await reader.GetAsync("/auth/signup?claim=" + free)).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_user_with_an_account_signs_in_and_claims_the_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        var free = await FreeAsync(server);
        using var reader = new PageReader(server.Address);

        var link = SignIn().Match((await reader.GetAsync("/auth/signup?claim=" + free)).Text).Groups[1].Value;
        var next = Next().Match((await reader.GetAsync(link)).Text).Groups[1].Value;
        var signedIn = await reader.PostAsync("/auth/login", ("secret", bob.Token), ("next", next));
        Assert.Equal("/auth/signup?claim=" + free, signedIn.Headers.GetValues("Location").Single());
        var page = await reader.GetAsync(next);
        Assert.Contains("Claim it as Bob Builder", page.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await reader.PostAsync("/auth/claim", ("claim", free), ("proof", "x"))).Status);
        var claimed = await reader.PostAsync(
            "/auth/claim",
            ("claim", free),
            ("proof", Proof().Match(page.Text).Groups[1].Value)
        );

        Assert.Equal(
            (303, "/console/projects/free/perf"),
            (claimed.Status, claimed.Headers.GetValues("Location").Single())
        );
        Assert.NotNull((await bob.GetAsync($"/v0/organizations/{free}")).Expect(200)["claimed"]);
        Assert.Equal(
            409,
            (
                await reader.PostAsync(
                    "/auth/claim",
                    ("claim", free),
                    ("proof", Proof().Match(page.Text).Groups[1].Value)
                )
            ).Status
        );
    }

    [Theory, EveryDatabase]
    public async Task A_claim_link_of_a_claimed_or_missing_organization_reveals_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var reader = new PageReader(server.Address);

        var taken = await reader.GetAsync($"/auth/signup?claim={ada.Uuid}");
        Assert.Equal(409, taken.Status);
        Assert.DoesNotContain("Ada", taken.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await reader.GetAsync($"/auth/signup?claim={Guid.NewGuid()}")).Status);
        Assert.Equal(400, (await reader.GetAsync("/auth/signup?claim=x")).Status);
        Assert.Equal(
            409,
            (
                await reader.PostAsync(
                    "/auth/signup",
                    ("claim", ada.Uuid.ToString()),
                    ("name", "Eve"),
                    ("email", "eve@example.com"),
                    ("agree", "yes")
                )
            ).Status
        );
        // Redirects to the sign-in page.
        Assert.Equal(302, (await reader.PostAsync("/auth/claim", ("claim", ada.Uuid.ToString()))).Status);
        Assert.Equal(1, await server.CountAsync("users"));
    }

    [Theory]
    [InlineData(400, "under_score", "a@example.com", "yes", "Name: ")]
    [InlineData(400, "No Mail", "nope", "yes", "E-mail: ")]
    [InlineData(409, "Taken", "ada.admin@example.com", "yes", "there is a user")]
    [InlineData(403, "No Yes", "a@example.com", "", "agree to the terms")]
    public async Task A_refused_form_shows_the_problem_and_keeps_the_entered_values(
        int status,
        string name,
        string email,
        string agree,
        string problem
    )
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await server.SignUpAsync("Ada Admin");
        using var reader = new PageReader(server.Address);

        var refused = await reader.PostAsync("/auth/signup", ("name", name), ("email", email), ("agree", agree));

        Assert.Equal(status, refused.Status);
        Assert.Contains(problem, refused.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{name}\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{email}\"", refused.Text, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("users"));
    }

    [Fact]
    public async Task Signing_up_creates_an_organization_unless_an_invitation_joins_an_existing_one()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        using var reader = new PageReader(server.Address);
        var invite = await server.InviteAsync(ada, ada.Slug, "carl@example.com");

        Assert.Equal(
            200,
            (
                await reader.PostAsync(
                    "/auth/signup",
                    ("name", "Bob Builder"),
                    ("email", "bob@example.com"),
                    ("agree", "yes")
                )
            ).Status
        );
        Assert.Contains(
            $"name=\"invite\" value=\"{invite}\"",
            (await reader.GetAsync("/auth/signup?invite=" + invite)).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            200,
            (
                await reader.PostAsync(
                    "/auth/signup",
                    ("invite", invite),
                    ("name", "Carl Colleague"),
                    ("email", "carl@example.com"),
                    ("agree", "yes")
                )
            ).Status
        );

        Assert.Equal(
            ["Ada Admin", "Bob Builder"],
            (await ada.GetAsync("/v0/organizations"))
                .Expect(200)
                .AsArray()
                .Select(organization => (string)organization!["name"]!)
        );
        Assert.Equal(2, (await ada.GetAsync($"/v0/organizations/{ada.Slug}/members")).Expect(200).AsArray().Count);
    }

    [Fact]
    public async Task A_claim_link_reloads_when_opened_from_another_site()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await server.SignUpAsync("Ada Admin");
        using var reader = new PageReader(server.Address);
        var path = "/auth/signup?claim=" + await FreeAsync(server);

        Assert.Equal(
            "0",
            (await reader.GetAsync(path, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")))
                .Headers.GetValues("Refresh")
                .Single()
        );
        Assert.False((await reader.GetAsync(path)).Headers.Contains("Refresh"));
    }

    // Creates a project without an owner, by a run without a key.
    private static async Task<string> FreeAsync(TestServer server)
    {
        var report = await server.RunAsync(
            new("free", Run.Latencies(("a", 1))) { Context = new JsonObject { ["bencher.dev/v0/repo/name"] = "Free" } }
        );
        return (string)report["project"]!["organization"]!;
    }

    [GeneratedRegex("<a href=\"([^\"]+)\">Sign in</a> instead")]
    private static partial Regex SignIn();

    [GeneratedRegex("name=\"next\" value=\"([^\"]+)\"")]
    private static partial Regex Next();

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex Proof();
}
