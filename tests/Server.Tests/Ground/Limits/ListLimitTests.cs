using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Installation;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>Every list that users extend by hand has a limit.</summary>
public sealed class ListLimitTests
{
    private const int Max = 2;

    [Theory, EveryDatabase]
    public async Task A_full_list_refuses_a_new_entry_with_its_setting_and_accepts_one_after_a_removal(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerOptions.AllLists, Max);
        var ada = await server.SignUpAsync("Ada Admin"); // With an organization of her own.
        TestUser[] others = [await server.SignUpAsync("Bob"), await server.SignUpAsync("Carl"), ada];
        var demo = "/v0/projects/" + await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new("demo", Run.Latencies(("a", 1))));
        var own = "/v0/organizations/ada-admin";
        using var repository = await Repository.OpenAsync(ada, "demo");
        var manifest = Repository.Manifest([
            [1],
            [2],
        ]);
        await repository.PushBlobAsync([1]);
        await repository.PushBlobAsync([2]);
        (
            await ada.PostAsync(
                $"{demo}/thresholds",
                new
                {
                    branch = "main",
                    testbed = "box",
                    measure = "latency",
                    test = "static",
                    upper_boundary = 1,
                }
            )
        ).Expect(201);
        var threshold = (string)(await ada.GetAsync($"{demo}/thresholds")).Expect(200)[0]!["uuid"]!;

        // The setting, the number of existing entries, how to create another entry, and how to remove the last.
        (string Setting, int Already, Func<int, Task<Reply>> Make, Func<string, Task<Reply>>? Remove)[] lists =
        [
            One(
                "ORGANIZATIONS_PER_USER",
                1,
                i => ada.PostAsync("/v0/organizations", new { name = $"O {i}" }),
                uuid => ada.DeleteAsync($"/v0/organizations/{uuid}")
            ),
            One(
                "PROJECTS_PER_ORGANIZATION",
                1,
                i => ada.PostAsync($"{own}/projects", new { name = $"P {i}" }),
                uuid => ada.DeleteAsync($"/v0/projects/{uuid}")
            ),
            One(
                "INVITATIONS_PER_ORGANIZATION",
                0,
                i => ada.PostAsync($"{own}/members", new { email = $"i{i}@example.com", role = "leader" }),
                async _ =>
                    await ada.DeleteAsync(
                        $"{own}/invitations/{(await ada.GetAsync($"{own}/invitations")).Expect(200)[0]!["uuid"]}"
                    )
            ),
            One(
                "SSO_DOMAINS_PER_ORGANIZATION",
                0,
                i => ada.PostAsync($"{own}/sso", new { domain = $"d{i}.example.com" }),
                uuid => ada.DeleteAsync($"{own}/sso/{uuid}")
            ),
            One(
                "KEYS_PER_USER",
                0,
                i => ada.PostAsync("/v0/users/ada-admin/keys", new { name = $"k{i}" }),
                uuid => ada.DeleteAsync($"/v0/users/ada-admin/keys/{uuid}")
            ),
            One(
                "KEYS_PER_PROJECT",
                0,
                i => ada.PostAsync($"{demo}/keys", new { name = $"k{i}" }),
                uuid => ada.DeleteAsync($"{demo}/keys/{uuid}")
            ),
            One(
                "KEYS_PER_ORGANIZATION",
                0,
                i => ada.PostAsync($"{own}/api-keys", new { name = $"k{i}", scopes = new[] { "runners:read" } }),
                uuid => ada.DeleteAsync($"{own}/api-keys/{uuid}")
            ),
            One(
                "TRUST_RULES_PER_PROJECT",
                0,
                i => ada.PostAsync($"{demo}/ci-trusts", new { service = "github", repository = $"acme/r{i}" }),
                uuid => ada.DeleteAsync($"{demo}/ci-trusts/{uuid}")
            ),
            One(
                "WEBHOOKS_PER_PROJECT",
                0,
                i => ada.PostAsync($"{demo}/webhooks", new { url = $"https://example.com/{i}" }),
                uuid => ada.DeleteAsync($"{demo}/webhooks/{uuid}")
            ),
            One(
                "WATCHERS_PER_PROJECT",
                0,
                i => others[i % others.Length].PutAsync($"{demo}/watch", body: null),
                _ => others[1].DeleteAsync($"{demo}/watch")
            ),
            One(
                "PLOTS_PER_PROJECT",
                0,
                async i =>
                    await ada.PostAsync(
                        $"{demo}/plots",
                        new
                        {
                            title = $"p{i}",
                            lower_value = false,
                            upper_value = false,
                            lower_boundary = false,
                            upper_boundary = false,
                            x_axis = "date_time",
                            window = 1000,
                            branches = await UuidsAsync(ada, $"{demo}/branches"),
                            testbeds = await UuidsAsync(ada, $"{demo}/testbeds"),
                            benchmarks = await UuidsAsync(ada, $"{demo}/benchmarks"),
                            measures = await UuidsAsync(ada, $"{demo}/measures"),
                        }
                    ),
                uuid => ada.DeleteAsync($"{demo}/plots/{uuid}")
            ),
            One(
                "MODELS_PER_THRESHOLD",
                1,
                i => ada.PutAsync($"{demo}/thresholds/{threshold}", new { test = "static", upper_boundary = 10 + i }),
                remove: null
            ),
            One(
                "TAGS_PER_REPOSITORY",
                0,
                i => PutAsync(repository, manifest, $"t{i}"),
                _ => DeleteAsync(repository, "t1")
            ),
        ];
        Assert.Equal(
            ServerOptions.AllLists.Select(list => list.Setting).Order(StringComparer.Ordinal),
            lists.Select(list => list.Setting).Append("PADDOCK_SESSIONS_PER_USER_MAX").Order(StringComparer.Ordinal)
        );

        foreach (var (setting, already, make, remove) in lists)
        {
            var last = "";
            for (var i = already; i < Max; i++)
            {
                var made = await make(i);
                Assert.True(made.Status is 200 or 201 or 202, $"{setting}: {made.Status} {made.Text}");
                last = made.Text.StartsWith('{') ? (string?)made.Json["uuid"] ?? "" : "";
            }
            var refused = await make(Max);
            Assert.True(refused.Status == 409, $"{setting}: {refused.Status} {refused.Text}");
            Assert.Contains($"{Max} ", refused.Text, StringComparison.Ordinal);
            Assert.Contains(setting, refused.Text, StringComparison.Ordinal);
            if (remove is null)
                continue;
            Assert.InRange((await remove(last)).Status, 200, 204);
            var again = await make(Max + 3);
            Assert.True(again.Status is 200 or 201 or 202, $"{setting}: {again.Status} {again.Text}");
        }
        // Existing entries may still be changed when their list is full.
        Assert.Equal(201, (await PutAsync(repository, manifest, "t0")).Status);
        Assert.Equal(200, (await others[0].PutAsync($"{demo}/watch", body: null)).Status);
        // This invitation replaces the previous one.
        (await ada.PostAsync($"{own}/members", new { email = $"i{Max + 3}@example.com", role = "leader" })).Expect(202);
    }

    [Theory, EveryDatabase]
    public async Task A_run_cannot_create_more_projects_than_an_organization_may_have(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerOptions.AllLists, Max);
        var ada = await server.SignUpAsync("Ada Admin");
        var context = new Dictionary<string, string> { ["bencher.dev/v0/repo/name"] = "repo" };
        foreach (var name in new[] { "one", "two" })
            await ada.RunAsync(new(name, Run.Latencies(("a", 1))) { Context = context });

        var refused = await ada.PostAsync(
            "/v0/run",
            (new Run("three", Run.Latencies(("a", 1))) { Context = context }).ToJson()
        );

        Assert.Equal(409, refused.Status);
        Assert.Contains("PADDOCK_PROJECTS_PER_ORGANIZATION_MAX", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, await server.CountAsync("projects"));
        await ada.RunAsync(new("two", Run.Latencies(("a", 1))));
    }

    [Theory, EveryDatabase]
    public async Task The_least_recently_used_browser_session_ends_when_a_user_has_too_many(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, ServerOptions.AllLists, Max, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var browsers = new List<PageReader>();
        for (var i = 0; i < Max + 1; i++)
        {
            browsers.Add(await PageReader.SignInAsync(server, server.Tokens.Mint("client", ada.Email)));
            clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(302, (await browsers[0].GetAsync("/console/organizations")).Status);
        foreach (var browser in browsers.Skip(1))
            Assert.Equal(200, (await browser.GetAsync("/console/organizations")).Status);
        Assert.Equal(Max, await server.CountAsync("browser_sessions"));
        browsers.ForEach(browser => browser.Dispose());
    }

    [Theory, EveryDatabase]
    public async Task Only_the_newest_revoked_keys_and_replaced_invitations_are_kept(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerOptions.AllLists, Max);
        var ada = await server.SignUpAsync("Ada Admin");
        for (var i = 0; i < 8; i++)
        {
            var key = (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = $"k{i}" })).Expect(201);
            Assert.Equal(204, (await ada.DeleteAsync($"/v0/users/ada-admin/keys/{key["uuid"]}")).Status);
            (
                await ada.PostAsync(
                    "/v0/organizations/ada-admin/members",
                    new { email = "one@example.com", role = "leader" }
                )
            ).Expect(202);
        }

        Assert.InRange(await server.CountAsync("user_keys"), Max, Max + 1);
        Assert.InRange(await server.CountAsync("invitations"), Max, Max + 2);
        var revoked = (await ada.GetAsync("/v0/users/ada-admin/keys?revoked=true")).Expect(200).AsArray();
        Assert.Contains("k7", revoked.Select(key => (string?)key!["name"]));
        Assert.Equal(1, (await ada.GetAsync("/v0/organizations/ada-admin/invitations")).TotalCount);
    }

    private static (string, int, Func<int, Task<Reply>>, Func<string, Task<Reply>>?) One(
        string name,
        int already,
        Func<int, Task<Reply>> make,
        Func<string, Task<Reply>>? remove
    ) => ($"PADDOCK_{name}_MAX", already, make, remove);

    private static Task<TestServer> StartAsync(
        Engine engine,
        IEnumerable<ListLimit> lists,
        int max,
        TimeProvider? time = null
    ) =>
        TestServer.StartAsync(engine, time, options =>
            options with
            {
                Lists = lists.Aggregate(options.Lists, (limits, one) => limits.With(one, max)),
            }
        );

    private static async Task<string[]> UuidsAsync(TestUser user, string list) =>
        [.. (await user.GetAsync(list)).Expect(200).AsArray().Select(row => (string)row!["uuid"]!)];

    private static async Task<Reply> PutAsync(Repository repository, byte[] manifest, string tag) =>
        Reply(await repository.SendAsync("PUT", $"manifests/{tag}", manifest, Repository.ManifestType));

    private static async Task<Reply> DeleteAsync(Repository repository, string tag)
    {
        var reply = await repository.SendAsync("DELETE", $"manifests/{tag}");
        return new("DELETE", reply.Status == 202 ? 204 : reply.Status, reply.Text, null!);
    }

    private static Reply Reply(OciReply reply) => new("PUT", reply.Status, reply.Text, null!);
}
