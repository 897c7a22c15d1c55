using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Tests.Access.Sessions;

public sealed class SignUpTests
{
    [Theory, EveryDatabase]
    public async Task The_first_user_is_administrator_and_each_user_owns_an_organization_of_their_UUID(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));

        Assert.True((bool)(await ada.GetAsync("/v0/users/ada-admin")).Expect(200)["admin"]!);
        Assert.False((bool)(await bob.GetAsync("/v0/users/bob-builder")).Expect(200)["admin"]!);
        var own = Assert.Single((await bob.GetAsync("/v0/organizations")).Expect(200).AsArray())!;
        Assert.Equal(
            (bob.Uuid, "Bob Builder", "bob-builder"),
            ((Guid)own["uuid"]!, (string?)own["name"], (string?)own["slug"])
        );
        Assert.NotNull(own["claimed"]);
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_sign_ups_create_one_administrator(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i => server.PostAsync("/v0/auth/signup", New($"User {i}", $"user{i}@example.com")))
        );

        Assert.All(replies, reply => Assert.Equal(202, reply.Status));
        Assert.Equal(1, await server.CountAsync("users WHERE admin = 1"));
    }

    [Theory, EveryDatabase]
    public async Task A_taken_name_gets_a_suffixed_slug_and_a_taken_address_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        (await server.PostAsync("/v0/auth/signup", New("Ada Admin", "other@example.com"))).Expect(202);
        var taken = await server.PostAsync("/v0/auth/signup", New("Somebody Else", "ADA.admin@Example.com"));

        Assert.Equal(409, taken.Status);
        Assert.Contains("ada.admin@example.com", taken.Message, StringComparison.Ordinal);
        var users = (await ada.GetAsync("/v0/users")).Expect(200).AsArray();
        Assert.Equal(2, users.Count);
        Assert.Equal("ada-admin-".Length + 8, ((string)users[1]!["slug"]!).Length);
    }

    [Theory]
    [InlineData(403, """{"name":"No Yes","email":"a@example.com","i_agree":false}""", "i_agree")]
    [InlineData(400, """{"name":"under_score","email":"a@example.com","i_agree":true}""", "name")]
    [InlineData(400, """{"name":"No Mail","email":"nope","i_agree":true}""", "email")]
    [InlineData(400, """{"name":"No Slug","email":"a@example.com","i_agree":true,"slug":"Not A Slug"}""", "slug")]
    [InlineData(400, """{"name":"No Token","email":"a@example.com","i_agree":true,"invite":"x"}""", "invite")]
    [InlineData(
        401,
        """{"name":"Bad Token","email":"a@example.com","i_agree":true,"invite":"aaaa.bbbb.cccc"}""",
        "invite"
    )]
    [InlineData(400, """{"name":"Twice","name":"Again","email":"a@example.com","i_agree":true}""", "name")]
    [InlineData(400, "[]", "body")]
    [InlineData(400, "", "body")]
    public async Task An_invalid_sign_up_is_refused_with_the_field_and_creates_no_user(
        int status,
        string body,
        string named
    )
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var refused = await server.PostAsync("/v0/auth/signup", body);

        Assert.Equal(status, refused.Status);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("users"));
    }

    [Theory, EveryDatabase]
    public async Task Signing_up_can_claim_only_an_organization_without_members(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var report = await server.RunAsync(
            new("free", Run.Latencies(("a", 1))) { Context = new JsonObject { ["bencher.dev/v0/repo/name"] = "Free" } }
        );
        var free = (Guid)report["project"]!["organization"]!;

        var refused = await server.PostAsync(
            "/v0/auth/signup",
            New("Eve Outsider", "eve@example.com", claim: ada.Uuid)
        );
        var unknown = await server.PostAsync(
            "/v0/auth/signup",
            New("Eve Outsider", "eve@example.com", claim: Guid.NewGuid())
        );
        Assert.Equal((401, 404), (refused.Status, unknown.Status));
        Assert.Equal(1, await server.CountAsync("users"));

        (await server.PostAsync("/v0/auth/signup", New("Bob Builder", "bob@example.com", claim: free))).Expect(202);
        var member = Assert.Single((await ada.GetAsync($"/v0/organizations/{free}/members")).Expect(200).AsArray())!;
        Assert.Equal(("bob@example.com", "leader"), ((string?)member["email"], (string?)member["role"]));
        Assert.Equal(2, await server.CountAsync("organizations")); // No organization is created for him.
    }

    [Theory, EveryDatabase]
    public async Task A_refused_invitation_creates_no_user(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        (await ada.PostAsync("/v0/organizations", new { name = "Gone" })).Expect(201);
        var (toCarl, toEve, toNowhere) = (
            await server.InviteAsync(ada, ada.Slug, "carl@example.com"),
            await server.InviteAsync(ada, ada.Slug, "eve@example.com"),
            await server.InviteAsync(ada, "gone", "eve@example.com")
        );
        Assert.Equal(204, (await ada.DeleteAsync("/v0/organizations/gone")).Status);

        var foreign = await server.PostAsync("/v0/auth/signup", New("Eve Outsider", "eve@example.com", toCarl));
        var nowhere = await server.PostAsync("/v0/auth/signup", New("Eve Outsider", "eve@example.com", toNowhere));
        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        var expired = await server.PostAsync("/v0/auth/signup", New("Eve Outsider", "eve@example.com", toEve));
        var minted = await server.PostAsync(
            "/v0/auth/signup",
            New(
                "Eve Outsider",
                "eve@example.com",
                server.Tokens.Mint("invite", "eve@example.com", organization: new { uuid = ada.Uuid, role = "leader" })
            )
        );

        Assert.Equal((401, 404, 401, 401), (foreign.Status, nowhere.Status, expired.Status, minted.Status));
        Assert.Equal(1, await server.CountAsync("users"));
    }

    [Theory, EveryDatabase]
    public async Task Signing_up_with_an_invitation_joins_the_organization(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        (
            await server.PostAsync(
                "/v0/auth/signup",
                New("Carl Carpenter", "carl@example.com", await server.InviteAsync(ada, ada.Slug, "carl@example.com"))
            )
        ).Expect(202);

        var members = (await ada.GetAsync("/v0/organizations/ada-admin/members")).Expect(200).AsArray();
        Assert.Equal(["Ada Admin", "Carl Carpenter"], members.Select(m => (string?)m!["name"]));
    }

    private static object New(string name, string email, string? invite = null, Guid? claim = null) =>
        new
        {
            name,
            email,
            i_agree = true,
            invite,
            claim,
        };
}
