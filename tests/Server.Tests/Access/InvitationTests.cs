using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access;

/// <summary>An invitation works once, for one address, within a week, unless it is revoked.</summary>
public sealed class InvitationTests
{
    private const string Members = "/v0/organizations/bob-builder/members";
    private const string Open = "/v0/organizations/bob-builder/invitations";

    [Theory, EveryDatabase]
    public async Task A_removed_leader_cannot_return_with_an_old_invitation(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, bob, carl) = await UsersAsync(server);
        var used = await server.InviteAsync(bob, bob.Slug, carl.Email);
        (await AcceptAsync(carl, used)).Expect(202);
        Assert.Equal(409, (await AcceptAsync(carl, used)).Status); // Already a member.
        var toDan = await server.InviteAsync(carl, bob.Slug, "dan@example.com");

        Assert.Equal(204, (await bob.DeleteAsync($"{Members}/carl-carpenter")).Status);

        Assert.Equal(401, (await AcceptAsync(carl, used)).Status);
        Assert.Equal(401, (await server.PostAsync("/v0/auth/login", new { email = carl.Email, invite = used })).Status);
        // Nor with one that he has sent himself.
        Assert.Equal(
            401,
            (
                await server.PostAsync(
                    "/v0/auth/signup",
                    new
                    {
                        name = "Dan",
                        email = "dan@example.com",
                        i_agree = true,
                        invite = toDan,
                    }
                )
            ).Status
        );
        Assert.Equal(1, (await bob.GetAsync(Members)).TotalCount);
        Assert.Equal(0, (await bob.GetAsync(Open)).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_ends_after_a_week_or_when_it_is_revoked_or_replaced(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var (ada, bob, carl) = await UsersAsync(server);

        var late = await server.InviteAsync(bob, bob.Slug, carl.Email);
        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        Assert.Equal(401, (await AcceptAsync(carl, late)).Status);
        Assert.Equal(0, (await bob.GetAsync(Open)).TotalCount);

        var revoked = await server.InviteAsync(bob, bob.Slug, carl.Email);
        var row = Assert.Single((await bob.GetAsync(Open)).Expect(200).AsArray())!;
        Assert.Equal(
            (carl.Email, "leader", bob.Uuid),
            ((string?)row["email"], (string?)row["role"], (Guid)row["inviter"]!["uuid"]!)
        );
        Assert.Equal(clock.GetUtcNow().AddDays(7), (DateTimeOffset)row["expires"]!);
        Assert.Equal(404, (await carl.GetAsync(Open)).Status);
        Assert.Equal(404, (await carl.DeleteAsync($"{Open}/{(string)row["uuid"]!}")).Status);
        Assert.Equal(
            404,
            (await ada.DeleteAsync($"/v0/organizations/ada-admin/invitations/{(string)row["uuid"]!}")).Status
        ); // It belongs to another organization.
        Assert.Equal(204, (await bob.DeleteAsync($"{Open}/{(string)row["uuid"]!}")).Status);
        Assert.Equal(404, (await bob.DeleteAsync($"{Open}/{(string)row["uuid"]!}")).Status);
        Assert.Equal(401, (await AcceptAsync(carl, revoked)).Status);

        var replaced = await server.InviteAsync(bob, bob.Slug, carl.Email);
        clock.Advance(TimeSpan.FromSeconds(5));
        var last = await server.InviteAsync(bob, bob.Slug, carl.Email);
        Assert.Equal(1, (await bob.GetAsync(Open)).TotalCount);
        Assert.Equal(401, (await AcceptAsync(carl, replaced)).Status);
        (await AcceptAsync(carl, last)).Expect(202);
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_is_refused_for_a_later_owner_of_the_address(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var (ada, bob, carl) = await UsersAsync(server);
        var eve = await server.SignUpAsync("Eve Outsider");
        var invite = await server.InviteAsync(bob, bob.Slug, carl.Email);
        Assert.Equal(401, (await AcceptAsync(eve, invite)).Status);
        clock.Advance(TimeSpan.FromMinutes(1));

        (await ada.PatchAsync("/v0/users/carl-carpenter", new { email = "charles@example.com" })).Expect(200);
        Assert.Equal(
            401,
            (
                await server.PostAsync(
                    "/v0/auth/signup",
                    new
                    {
                        name = "Eve Heir",
                        email = carl.Email,
                        i_agree = true,
                        invite,
                    }
                )
            ).Status
        );
        (await ada.PatchAsync("/v0/users/eve-outsider", new { email = carl.Email })).Expect(200);
        clock.Advance(TimeSpan.FromMinutes(1));

        var session = (
            await server.PostAsync("/v0/auth/confirm", new { token = server.Tokens.Mint("auth", carl.Email) })
        ).Expect(200);
        Assert.Equal("eve-outsider", (string?)session["user"]!["slug"]);
        Assert.Equal(401, (await AcceptAsync(server.With((string)session["token"]!), invite)).Status);
        Assert.Equal(1, (await bob.GetAsync(Members)).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_is_accepted_once_under_concurrency_and_never_when_its_sender_is_locked(
        Engine engine
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob, carl) = await UsersAsync(server);
        var invite = await server.InviteAsync(bob, bob.Slug, "dan@example.com");

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    server.PostAsync(
                        "/v0/auth/signup",
                        new
                        {
                            name = $"Dan {i}",
                            email = "dan@example.com",
                            i_agree = true,
                            invite,
                        }
                    )
                )
        );

        Assert.Single(replies, reply => reply.Status == 202);
        Assert.Equal(2, (await bob.GetAsync(Members)).TotalCount);

        var ofLocked = await server.InviteAsync(bob, bob.Slug, carl.Email);
        (await ada.PatchAsync("/v0/users/bob-builder", new { locked = true })).Expect(200);
        Assert.Equal(401, (await AcceptAsync(carl, ofLocked)).Status);
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_without_a_database_row_is_accepted_in_replay_mode_only(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var replay = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Access = options.Access with { Replay = true },
            }
        );
        foreach (var (at, status) in new[] { (server, 401), (replay, 202) })
        {
            var (_, bob, carl) = await UsersAsync(at);
            Assert.Equal(
                status,
                (
                    await AcceptAsync(
                        carl,
                        at.Tokens.Mint("invite", carl.Email, organization: new { uuid = bob.Uuid, role = "leader" })
                    )
                ).Status
            );
        }
    }

    private static Task<Reply> AcceptAsync(Client client, string invite) =>
        client.PostAsync("/v0/auth/accept", new { invite });

    private static async Task<(TestUser Ada, TestUser Bob, TestUser Carl)> UsersAsync(TestServer server) =>
        (
            await server.SignUpAsync("Ada Admin"),
            await server.SignUpAsync("Bob Builder"),
            await server.SignUpAsync("Carl Carpenter")
        );
}
