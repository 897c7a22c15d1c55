using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Organizations;

/// <summary>Email domains whose users join an organization automatically.</summary>
public sealed class SsoTests
{
    [Theory, EveryDatabase]
    public async Task A_user_joins_when_they_confirm_an_address_of_the_domain(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var made = (await root.PostAsync("/v0/organizations/root/sso", new { domain = "Example.COM" })).Expect(202);
        Assert.Equal("example.com", (string?)made["domain"]);

        // Signing up proves nothing until the mail is confirmed.
        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Eve",
                    email = "eve@example.com",
                    i_agree = true,
                }
            )
        ).Expect(202);
        Assert.Equal(1, await MembersAsync(root));
        await server.SignUpAsync("Ada Lovelace");
        Assert.Equal(2, await MembersAsync(root));
        var token = server.Tokens.Mint("auth", "ada.lovelace@example.com");
        (await server.PostAsync("/v0/auth/confirm", new { token })).Expect(200);

        Assert.Equal(2, await MembersAsync(root));
        Assert.Equal((string?)made["uuid"], (string?)(await ListAsync(root))[0]!["uuid"]);
        Assert.Equal(
            "example.com",
            (string?)(await root.GetAsync($"/v0/organizations/root/sso/{made["uuid"]}")).Expect(200)["domain"]
        );
        Assert.Equal(204, (await root.DeleteAsync($"/v0/organizations/root/sso/{made["uuid"]}")).Status);
        await server.SignUpAsync("Late Comer");
        Assert.Equal(2, await MembersAsync(root));
    }

    [Theory, EveryDatabase]
    public async Task A_domain_belongs_to_one_organization_and_only_administrators_assign_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var olive = await server.SignUpAsync("Olive Owner");
        (await root.PostAsync("/v0/organizations/olive-owner/sso", new { domain = "example.org" })).Expect(202);

        Assert.Equal(409, (await root.PostAsync("/v0/organizations/root/sso", new { domain = "example.org" })).Status);
        Assert.Equal(
            403,
            (await olive.PostAsync("/v0/organizations/olive-owner/sso", new { domain = "example.net" })).Status
        );
        foreach (var domain in new[] { "localhost", "a b.example", "@example.com", "" })
            Assert.Equal(400, (await root.PostAsync("/v0/organizations/root/sso", new { domain })).Status);
        Assert.Single(await ListAsync(olive, "olive-owner"));
        Assert.Equal(404, (await olive.GetAsync("/v0/organizations/root/sso")).Status);
    }

    private static async Task<int> MembersAsync(Client root) =>
        (await root.GetAsync("/v0/organizations/root/members")).Expect(200).AsArray().Count;

    private static async Task<System.Text.Json.Nodes.JsonArray> ListAsync(Client who, string organization = "root") =>
        (await who.GetAsync($"/v0/organizations/{organization}/sso")).Expect(200).AsArray();
}
