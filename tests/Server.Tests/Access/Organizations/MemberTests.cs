using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Access.Organizations;

public sealed class MemberTests
{
    [Theory, EveryDatabase]
    public async Task A_user_who_accepts_an_invitation_is_a_leader_until_removed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, carl) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Carl Carpenter"));
        const string members = "/v0/organizations/bob-builder/members";
        Assert.Equal(
            carl.Email,
            (string?)(await bob.PostAsync(members, new { email = carl.Email, role = "leader" })).Expect(202)["email"]
        );
        // Leader is the only role.
        Assert.Equal(400, (await bob.PostAsync(members, new { email = carl.Email, role = "member" })).Status);

        (await carl.PostAsync("/v0/auth/accept", new { invite = server.MailedToken(carl.Email) })).Expect(202);
        var member = (await bob.GetAsync($"{members}/carl-carpenter")).Expect(200);
        Assert.Equal(
            (carl.Uuid, "leader", carl.Email),
            ((Guid)member["uuid"]!, (string?)member["role"], (string?)member["email"])
        );
        (await carl.PatchAsync($"{members}/bob-builder", new { role = "leader" })).Expect(200);
        (await carl.PatchAsync($"{members}/bob-builder", new { })).Expect(200);
        Assert.Equal(
            ["Carl Carpenter", "Bob Builder"],
            (await carl.GetAsync(members + "?direction=desc")).Expect(200).AsArray().Select(m => (string?)m!["name"])
        );
        Assert.Equal(1, (await carl.GetAsync(members + "?search=carp")).TotalCount);

        Assert.Equal(204, (await bob.DeleteAsync($"{members}/carl-carpenter")).Status);
        // Still a user, but no longer a member.
        Assert.Equal(404, (await bob.DeleteAsync($"{members}/carl-carpenter")).Status);
        Assert.Equal(404, (await bob.DeleteAsync($"{members}/nobody")).Status);
        Assert.Equal(404, (await bob.GetAsync($"{members}/carl-carpenter")).Status);
        Assert.Equal(404, (await carl.GetAsync(members)).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_last_leader_cannot_be_removed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));

        var refused = await bob.DeleteAsync("/v0/organizations/bob-builder/members/bob-builder");

        Assert.Equal(409, refused.Status);
        Assert.Contains("last leader", refused.Message, StringComparison.Ordinal);
        Assert.Equal(409, (await ada.DeleteAsync("/v0/organizations/bob-builder/members/bob-builder")).Status);
        Assert.Equal(401, (await ada.PostAsync("/v0/organizations/bob-builder/claim", new { })).Status);
    }

    [Theory, EveryDatabase]
    public async Task One_leader_remains_when_the_last_two_leave_at_the_same_time(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (bob, carl) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Carl Carpenter"));
        for (var round = 0; round < 5; round++)
        {
            var slug = (string)
                (await bob.PostAsync("/v0/organizations", new { name = $"Round {round}" })).Expect(201)["slug"]!;
            var invite = await server.InviteAsync(bob, slug, carl.Email);
            (await carl.PostAsync("/v0/auth/accept", new { invite })).Expect(202);

            var replies = await Task.WhenAll(
                bob.DeleteAsync($"/v0/organizations/{slug}/members/bob-builder"),
                carl.DeleteAsync($"/v0/organizations/{slug}/members/carl-carpenter")
            );

            Assert.Equal([204, 409], replies.Select(reply => reply.Status).Order());
        }
    }

    [Fact]
    public void An_invitation_mail_names_the_inviter_and_links_to_sign_in_or_sign_up()
    {
        var text = new MailText(new ServerOptions { ConsoleUrl = "https://paddock.example/" });

        var (known, unknown) = (
            text.Invitation("a@example.com", null, "Ada", "Builders", known: true, "TOKEN"),
            text.Invitation("a@example.com", "Al", "Ada", "Builders", known: false, "TOKEN")
        );

        Assert.Contains("https://paddock.example/auth/login?invite=TOKEN", known.Body);
        Assert.Contains("https://paddock.example/auth/signup?invite=TOKEN", unknown.Body);
        Assert.Contains("Hello Al,", unknown.Body);
        Assert.Contains("Ada invites you to Builders", string.Join('\n', known.Body), StringComparison.Ordinal);
    }
}
