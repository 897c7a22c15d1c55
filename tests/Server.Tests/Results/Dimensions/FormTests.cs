using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Dimensions;

/// <summary>Everything that a user can change in the browser, by forms without JavaScript.</summary>
public sealed class FormTests
{
    [Theory, EveryDatabase]
    public async Task A_benchmark_with_results_is_renamed_archived_and_restored_and_cannot_be_deleted(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        var (member, path) = (world.Member, "/perf/demo/benchmarks/a");

        Assert.Equal(303, (await member.SubmitAsync(path, path, ("name", "first"), ("slug", "first"))).Status);
        path = "/perf/demo/benchmarks/first";
        Assert.Equal(
            "first",
            (string?)(await world.Ada.GetAsync("/v0/projects/demo/benchmarks/first")).Expect(200)["name"]
        );
        Assert.Equal(303, (await member.SubmitAsync(path, path + "/archive")).Status);
        Assert.NotNull((await world.Ada.GetAsync("/v0/projects/demo/benchmarks/first")).Expect(200)["archived"]);
        Assert.Equal(303, (await member.SubmitAsync(path, path + "/restore")).Status);
        Assert.Null((await world.Ada.GetAsync("/v0/projects/demo/benchmarks/first")).Expect(200)["archived"]);
        Assert.Contains(
            "can be archived and not deleted",
            (await member.GetAsync(path)).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_field_is_named_and_the_form_keeps_the_typed_values(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);

        var empty = await world.Member.SubmitAsync(
            "/perf/demo/measures",
            "/perf/demo/measures",
            ("name", ""),
            ("units", "widgets (w)"),
            ("slug", "")
        );
        var taken = await world.Member.SubmitAsync(
            "/perf/demo/benchmarks/a",
            "/perf/demo/benchmarks/a",
            ("name", "b"),
            ("slug", "a")
        );

        Assert.Equal((400, 400), (empty.Status, taken.Status));
        Assert.Contains("id=\"f-name-error\"", empty.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"widgets (w)\"", empty.Text, StringComparison.Ordinal);
        Assert.Contains("is taken by another of the benchmarks", taken.Text, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\"", taken.Text, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Unused_branches_testbeds_and_measures_are_created_and_deleted_after_confirmation(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        foreach (
            var (plural, fields) in ((string, (string, string)[])[])
                [
                    ("branches", [("name", "new/one"), ("slug", "new-one")]),
                    ("testbeds", [("name", "New one"), ("slug", "new-one")]),
                    ("measures", [("name", "New one"), ("slug", "new-one"), ("units", "widgets (w)")]),
                ]
        )
        {
            var (list, one) = ($"/perf/demo/{plural}", $"/perf/demo/{plural}/new-one");
            Assert.Equal(303, (await world.Member.SubmitAsync(list, list, fields)).Status);
            Assert.Equal(400, (await world.Member.SubmitAsync(one, one + "/delete", ("confirm", "else"))).Status);
            (await world.Ada.GetAsync($"/v0/projects/demo/{plural}/new-one")).Expect(200);
            Assert.Equal(303, (await world.Member.SubmitAsync(one, one + "/delete", ("confirm", "new-one"))).Status);
            Assert.Equal(404, (await world.Ada.GetAsync($"/v0/projects/demo/{plural}/new-one")).Status);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_form_without_a_valid_CSRF_token_or_from_another_origin_changes_nothing(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        var bob = await world.Server.SignUpAsync("Bob Outside");
        using var outsider = await PageReader.SignInAsync(world.Server, bob.Token);

        foreach (
            var (path, fields) in ((string, (string, string)[])[])
                [
                    ("/perf/demo/benchmarks/a", [("name", "x"), ("slug", "x")]),
                    ("/perf/demo/benchmarks/a/archive", []),
                    ("/perf/demo/delete", [("confirm", "demo")]),
                    ("/perf/demo/keys", [("name", "x"), ("days", "1")]),
                    ("/perf/demo/settings", [("name", "x"), ("slug", "x")]),
                    ("/console/organizations/ada-admin/members", [("email", "x@example.com")]),
                    ("/console/server/backup", []),
                    ("/console/users/bob-outside/lock", []),
                ]
        )
        {
            Assert.True((await world.Member.PostAsync(path, fields)).Status == 403, path);
            Assert.True((await world.Member.PostFromAsync("https://evil.example", path, fields)).Status == 403, path);
            var proof = (await outsider.GetAsync("/auth/login")).Text.Split("name=\"proof\" value=\"")[1].Split('"')[0];
            Assert.True((await outsider.PostAsync(path, [.. fields, ("proof", proof)])).Status is 403 or 404, path);
        }
        (await world.Ada.GetAsync("/v0/projects/demo/benchmarks/a")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task A_threshold_is_saved_only_as_it_was_previewed(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        const string Add = "/perf/demo/thresholds/add";
        (string, string)[] fields =
        [
            ("branch", "main"),
            ("testbed", "box"),
            ("measure", "latency"),
            ("test", "percentage"),
            ("upper_boundary", "0.5"),
            ("min_sample_size", "2"),
        ];

        var preview = await world.Member.SubmitAsync(Add, Add, fields);
        Assert.Equal(200, preview.Status);
        Assert.Contains("It would have alerted 1 time", preview.Text, StringComparison.Ordinal);
        Assert.Empty((await world.Ada.GetAsync("/v0/projects/demo/thresholds")).Expect(200).AsArray());
        var tried = System.Net.WebUtility.HtmlDecode(preview.Text.Split("name=\"tried\" value=\"")[1].Split('"')[0]);
        var changed = await world.Member.SubmitAsync(
            Add,
            Add,
            [.. fields, ("lower_boundary", "0.5"), ("save", "1"), ("tried", tried)]
        );
        Assert.Equal(200, changed.Status);
        Assert.Empty((await world.Ada.GetAsync("/v0/projects/demo/thresholds")).Expect(200).AsArray());
        Assert.Equal(
            303,
            (await world.Member.SubmitAsync(Add, Add, [.. fields, ("save", "1"), ("tried", tried)])).Status
        );

        var threshold = Assert.Single(
            (await world.Ada.GetAsync("/v0/projects/demo/thresholds")).Expect(200).AsArray()
        )!;
        Assert.Equal(0.5, (double)threshold["model"]!["upper_boundary"]!);
        var one = $"/perf/demo/thresholds/{threshold["uuid"]}";
        Assert.Equal(
            400,
            (
                await world.Member.SubmitAsync(
                    one + "/edit",
                    one + "/edit",
                    ("test", "percentage"),
                    ("upper_boundary", "-1")
                )
            ).Status
        );
        Assert.Equal(303, (await world.Member.SubmitAsync(one, one + "/disable")).Status);
        Assert.Contains(
            "It judges nothing at present",
            (await world.Member.GetAsync(one)).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(303, (await world.Member.SubmitAsync(one, one + "/delete", ("confirm", "latency"))).Status);
    }

    [Theory, EveryDatabase]
    public async Task Keys_are_shown_once_renamed_and_revoked(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);

        foreach (
            var (path, prefix) in ((string, string)[])
                [("/perf/demo/keys", "bencher_project_"), ("/console/users/ada-admin/keys", "bencher_user_")]
        )
        {
            var made = await world.Member.SubmitAsync(path, path, ("name", "CI"), ("days", "30"));
            Assert.Equal(200, made.Status);
            Assert.Contains("This is the only time that the key is shown", made.Text, StringComparison.Ordinal);
            var text = made.Text.Split("<pre class=\"output\">")[1].Split('<')[0];
            Assert.True(text.Length > 20, prefix);
            var list = await world.Member.GetAsync(path);
            Assert.Contains("never", list.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, list.Text, StringComparison.Ordinal);
            string[] actions =
            [
                .. list.Text.Split($"action=\"{path}/").Skip(1).Select(rest => path + "/" + rest.Split('"')[0]),
            ];
            var rename = actions.First(action => action.EndsWith("/rename", StringComparison.Ordinal));
            Assert.Equal(303, (await world.Member.SubmitAsync(path, rename, ("name", "CI of main"))).Status);
            var revoke = actions.First(action => action.EndsWith("/revoke", StringComparison.Ordinal));
            Assert.Equal(303, (await world.Member.SubmitAsync(path, revoke)).Status);
            Assert.Contains("None yet", (await world.Member.GetAsync(path)).Text, StringComparison.Ordinal);
            Assert.Contains(
                "CI of main",
                (await world.Member.GetAsync(path + "?revoked=true")).Text,
                StringComparison.Ordinal
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_is_sent_shown_and_accepted_and_the_member_removed(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        const string Members = "/console/organizations/ada-admin/members";
        var bob = await world.Server.SignUpAsync("Bob Outside");
        using var reader = await PageReader.SignInAsync(world.Server, bob.Token);

        Assert.Contains(
            "is on its way",
            (await world.Member.SubmitAsync(Members, Members, ("email", "bob.outside@example.com"))).Text,
            StringComparison.Ordinal
        );
        var invite = world.Server.MailedToken("bob.outside@example.com");
        var page = $"/auth/login?invite={invite}";
        Assert.Contains(
            "You are invited to Ada Admin",
            System.Net.WebUtility.HtmlDecode((await reader.GetAsync(page)).Text),
            StringComparison.Ordinal
        );
        using var stranger = new PageReader(world.Server.Address);
        Assert.Contains("sign in with the address", (await stranger.GetAsync(page)).Text, StringComparison.Ordinal);

        Assert.Equal(303, (await reader.SubmitAsync(page, "/auth/accept")).Status);
        Assert.Contains("bob.outside@example.com", (await reader.GetAsync(Members)).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await world.Member.SubmitAsync(Members, Members + "/bob-outside/remove")).Status);
        Assert.Equal(404, (await reader.GetAsync(Members)).Status);
        Assert.Contains(
            "the last leader",
            (await world.Member.SubmitAsync(Members, Members + "/ada-admin/remove")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Signing_in_by_mail_works_in_the_browser_and_does_not_reveal_accounts(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        using var reader = new PageReader(world.Server.Address);

        var known = await reader.PostAsync("/auth/login/mail", ("email", "ada.admin@example.com"));
        var unknown = await reader.PostAsync("/auth/login/mail", ("email", "nobody.here@example.com"));
        var wrong = await reader.PostAsync("/auth/login/mail", ("email", "not an address"));

        Assert.Equal((200, 200, 400), (known.Status, unknown.Status, wrong.Status));
        Assert.Equal(
            known.Text.Replace("ada.admin", "X", StringComparison.Ordinal),
            unknown.Text.Replace("nobody.here", "X", StringComparison.Ordinal)
        );
        var token = world.Server.MailedToken("ada.admin@example.com");
        Assert.Equal(303, (await reader.PostAsync("/auth/login", ("secret", token))).Status);
        Assert.Contains(
            "You are signed in as Ada Admin",
            (await reader.GetAsync("/auth/login")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Organizations_and_projects_are_created_changed_and_deleted(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        const string All = "/console/organizations";

        Assert.Equal(303, (await world.Member.SubmitAsync(All, All, ("name", "Rockets"), ("slug", ""))).Status);
        Assert.Equal(
            303,
            (
                await world.Member.SubmitAsync(
                    All + "/rockets/projects",
                    All + "/rockets/projects",
                    ("name", "Engine"),
                    ("visibility", "private")
                )
            ).Status
        );
        var settings = "/console/projects/engine/settings";
        Assert.Equal(
            303,
            (
                await world.Member.SubmitAsync(
                    settings,
                    settings,
                    ("name", "Motor"),
                    ("slug", "motor"),
                    ("url", "https://example.com/"),
                    ("visibility", "public"),
                    ("measures", "usual")
                )
            ).Status
        );
        Assert.Equal("Motor", (string?)(await world.Ada.GetAsync("/v0/projects/motor")).Expect(200)["name"]);
        Assert.Equal(
            400,
            (await world.Member.SubmitAsync("/perf/motor/settings", "/perf/motor/delete", ("confirm", "engine"))).Status
        );
        Assert.Equal(
            303,
            (await world.Member.SubmitAsync("/perf/motor/settings", "/perf/motor/delete", ("confirm", "motor"))).Status
        );
        Assert.Equal(404, (await world.Ada.GetAsync("/v0/projects/motor")).Status);
        Assert.Equal(
            303,
            (
                await world.Member.SubmitAsync(
                    All + "/rockets/settings",
                    All + "/rockets/delete",
                    ("confirm", "rockets")
                )
            ).Status
        );
        Assert.Equal(404, (await world.Ada.GetAsync("/v0/organizations/rockets")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_plot_is_pinned_from_the_explorer_changed_and_removed(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        var (branch, testbed, result) = (
            world.Report["branch"]!["uuid"],
            world.Report["testbed"]!["uuid"],
            world.Report["results"]![0]![0]!
        );
        var add = "/perf/demo/plots/add";
        var query =
            $"?branches={branch}&testbeds={testbed}&benchmarks={result["benchmark"]!["uuid"]}&"
            + $"measures={result["measures"]![0]!["measure"]!["uuid"]}";

        Assert.Equal(
            303,
            (
                await world.Member.SubmitAsync(add + query, add, ("title", "Ours"), ("window", "28"), ("index", ""))
            ).Status
        );
        var plot = Assert.Single((await world.Ada.GetAsync("/v0/projects/demo/plots")).Expect(200).AsArray())!;
        var one = $"/perf/demo/plots/{plot["uuid"]}";
        Assert.Contains("Ours", (await world.Member.GetAsync("/perf/demo/plots")).Text, StringComparison.Ordinal);
        Assert.StartsWith(
            "<svg",
            (await world.Member.GetAsync(one + "/picture?theme=dark")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            303,
            (await world.Member.SubmitAsync(one, one, ("title", "Theirs"), ("window", "7"), ("index", "1"))).Status
        );
        Assert.Equal(
            7 * 86_400,
            (long)(await world.Ada.GetAsync($"/v0/projects/demo/plots/{plot["uuid"]}")).Expect(200)["window"]!
        );
        Assert.Equal(303, (await world.Member.SubmitAsync(one, one + "/delete")).Status);
        Assert.Empty((await world.Ada.GetAsync("/v0/projects/demo/plots")).Expect(200).AsArray());
    }

    [Fact]
    public async Task An_administrator_backs_up_the_server_and_locks_other_users()
    {
        await using var world = await World.MakeAsync(Engine.Sqlite);
        var bob = await world.Server.SignUpAsync("Bob Outside");
        using var reader = await PageReader.SignInAsync(world.Server, bob.Token);

        Assert.Equal(
            303,
            (await world.Member.SubmitAsync("/console/server", "/console/server/backup", ("compress", "true"))).Status
        );
        Assert.Contains(".db.gz", (await world.Member.GetAsync("/console/server")).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await world.Member.SubmitAsync("/console/users", "/console/users/bob-outside/lock")).Status);
        Assert.Contains("Sign in", (await reader.GetAsync("/auth/login")).Text, StringComparison.Ordinal);
        Assert.Equal(
            303,
            (await world.Member.SubmitAsync("/console/users", "/console/users/bob-outside/unlock")).Status
        );
        Assert.DoesNotContain(
            "/console/users/ada-admin/lock",
            (await world.Member.GetAsync("/console/users")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Sessions_are_listed_and_ended(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        using var other = await PageReader.SignInAsync(world.Server, world.Ada.Token);
        const string Sessions = "/console/users/ada-admin/sessions";

        var list = (await world.Member.GetAsync(Sessions)).Text;
        Assert.Contains("this one", list, StringComparison.Ordinal);
        var end = Sessions + "/" + list.Split($"action=\"{Sessions}/")[1].Split('"')[0];
        Assert.Equal(303, (await world.Member.SubmitAsync(Sessions, end)).Status);

        Assert.DoesNotContain(
            "You are signed in",
            (await other.GetAsync("/auth/login")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "You are signed in",
            (await world.Member.GetAsync("/auth/login")).Text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("End all others", (await world.Member.GetAsync(Sessions)).Text, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Runners_and_specs_are_created_changed_and_removed(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        const string Runners = "/console/runners",
            Specs = "/console/specs";

        Assert.Equal(
            303,
            (
                await world.Member.SubmitAsync(
                    Specs + "/add",
                    Specs + "/add",
                    ("name", "Fast Box"),
                    ("architecture", "x86_64"),
                    ("cpu", "2"),
                    ("memory", "4"),
                    ("disk", "10")
                )
            ).Status
        );
        Assert.Equal(4L << 30, (long)(await world.Ada.GetAsync("/v0/specs/fast-box")).Expect(200)["memory"]!);
        Assert.Equal(
            400,
            (
                await world.Member.SubmitAsync(
                    Specs + "/add",
                    Specs + "/add",
                    ("name", "X"),
                    ("architecture", "mips"),
                    ("cpu", "2"),
                    ("memory", "4"),
                    ("disk", "1")
                )
            ).Status
        );
        var made = await world.Member.SubmitAsync(Runners + "/add", Runners + "/add", ("name", "Quiet One"));
        Assert.Contains("paddock-runner up --host", made.Text, StringComparison.Ordinal);
        const string One = "/console/runners/quiet-one";
        Assert.Equal(303, (await world.Member.SubmitAsync(One, One + "/specs", ("spec", "fast-box"))).Status);
        Assert.Single((await world.Ada.GetAsync("/v0/runners/quiet-one/specs")).Expect(200).AsArray());
        Assert.Contains(
            "the only time",
            (await world.Member.SubmitAsync(One, One + "/rotate")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(303, (await world.Member.SubmitAsync(One, One + "/specs/fast-box/remove")).Status);
        Assert.Equal(303, (await world.Member.SubmitAsync(One, One + "/archive")).Status);
        Assert.Equal(303, (await world.Member.SubmitAsync(Specs, Specs + "/fast-box/delete")).Status);
        Assert.Equal(404, (await world.Ada.GetAsync("/v0/specs/fast-box")).Status);
    }

    /// <summary>
    /// A project with five results of two benchmarks, of which the last jumped, and its owner in a browser.
    /// </summary>
    private sealed class World(
        TestServer server,
        TestUser ada,
        PageReader member,
        System.Text.Json.Nodes.JsonNode report
    ) : IAsyncDisposable
    {
        public TestServer Server => server;
        public TestUser Ada => ada;
        public PageReader Member => member;
        public System.Text.Json.Nodes.JsonNode Report => report;

        public static async Task<World> MakeAsync(Engine engine)
        {
            var server = await TestServer.StartAsync(engine);
            var ada = await server.SignUpAsync("Ada Admin");
            var project = await ada.CreateProjectAsync("Demo");
            for (var i = 0; i < 4; i++)
                await ada.RunAsync(new(project, Run.Latencies(("a", 10), ("b", 20))));
            var report = await ada.RunAsync(new(project, Run.Latencies(("a", 90), ("b", 20))));
            return new(server, ada, await PageReader.SignInAsync(server, ada.Token), report);
        }

        public async ValueTask DisposeAsync()
        {
            member.Dispose();
            await server.DisposeAsync();
        }
    }
}
