using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.Results.Alerts;

/// <summary>The pages of alerts: their content, and who may dismiss alerts there.</summary>
public sealed class AlertPageTests
{
    private const string List = "/perf/demo/alerts";

    [Theory, EveryDatabase]
    public async Task An_alert_is_read_dismissed_and_opened_again_without_a_script(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, alerts) = await RaiseAsync(server);
        var alert = $"{List}/{alerts[0]}";
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        var list = (await reader.GetAsync(List)).Text;
        Assert.True(
            list.IndexOf(">b</a>", StringComparison.Ordinal) < list.IndexOf(">a</a>", StringComparison.Ordinal)
        ); // Farther beyond its limit.
        var page = (await reader.GetAsync(alert)).Text;
        Assert.Contains("above limit", page, StringComparison.Ordinal);
        Assert.Equal(
            303,
            (await reader.PostAsync(alert, ("proof", ChangePageTests.ProofIn(page)), ("decision", "dismissed"))).Status
        );
        Assert.Equal("dismissed", await StatusAsync(ada, alerts[0]));
        page = (await reader.GetAsync(alert)).Text;
        Assert.Contains("Dismissed.", page, StringComparison.Ordinal);
        await reader.PostAsync(alert, ("proof", ChangePageTests.ProofIn(page)), ("decision", "active"));

        Assert.Equal("active", await StatusAsync(ada, alerts[0]));
        Assert.Equal(
            400,
            (await reader.PostAsync(alert, ("proof", ChangePageTests.ProofIn(page)), ("decision", "gone"))).Status
        );
        Assert.Contains(
            "No alert is in this state",
            (await reader.GetAsync(List + "?status=silenced")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Selected_alerts_or_all_active_alerts_are_dismissed_together_and_undone(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, alerts) = await RaiseAsync(server);
        using var reader = await PageReader.SignInAsync(server, ada.Token);
        var proof = ChangePageTests.ProofIn((await reader.GetAsync(List)).Text);

        var done = (
            await reader.PostAsync(List, ("proof", proof), ("decision", "dismissed"), ("alert", alerts[0]))
        ).Headers.Location!.ToString();
        Assert.Equal(("dismissed", "active"), (await StatusAsync(ada, alerts[0]), await StatusAsync(ada, alerts[1])));
        await UndoAsync(reader, done, "1 alert dismissed.");
        Assert.Equal(("active", "active"), (await StatusAsync(ada, alerts[0]), await StatusAsync(ada, alerts[1])));

        done = (await reader.PostAsync(List, ("proof", proof), ("decision", "every"))).Headers.Location!.ToString();
        Assert.Equal(
            ("dismissed", "dismissed"),
            (await StatusAsync(ada, alerts[0]), await StatusAsync(ada, alerts[1]))
        );
        await UndoAsync(reader, done, "2 alerts dismissed.");
        Assert.Equal(("active", "active"), (await StatusAsync(ada, alerts[0]), await StatusAsync(ada, alerts[1])));
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_can_read_but_not_dismiss_the_alerts_of_a_public_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, alerts) = await RaiseAsync(server);
        var alert = $"{List}/{alerts[0]}";
        using var anonymous = new PageReader(server.Address);
        using var other = await PageReader.SignInAsync(server, (await server.SignUpAsync("Bob Other")).Token);
        using var member = await PageReader.SignInAsync(server, ada.Token);
        var proof = ChangePageTests.ProofIn((await member.GetAsync(alert)).Text);

        Assert.DoesNotContain("name=\"decision\"", (await anonymous.GetAsync(alert)).Text, StringComparison.Ordinal);
        foreach (var path in (string[])[alert, List, List + "/undo"])
        {
            // Redirects to the sign-in page.
            Assert.Equal(302, (await anonymous.PostAsync(path, ("proof", proof), ("decision", "every"))).Status);
            Assert.Equal(403, (await other.PostAsync(path, ("proof", proof), ("decision", "every"))).Status);
            Assert.Equal(403, (await member.PostAsync(path, ("decision", "every"))).Status); // Without its proof.
        }
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        foreach (var path in (string[])[alert, List])
        {
            Assert.Equal(404, (await anonymous.GetAsync(path)).Status);
            Assert.Equal(404, (await other.PostAsync(path, ("proof", proof), ("decision", "every"))).Status);
        }
        Assert.Equal("active", await StatusAsync(ada, alerts[0]));
        using var foreign = await PageReader.SignInAsync(server, ada.Token);
        await ada.CreateProjectAsync("Else");
        Assert.Equal(
            404,
            (
                await foreign.PostAsync(
                    "/perf/else/alerts",
                    ("proof", ChangePageTests.ProofIn((await foreign.GetAsync(alert)).Text)),
                    ("decision", "dismissed"),
                    ("alert", alerts[0])
                )
            ).Status
        );
    }

    // "b" exceeds its limit further than "a", which is the first.
    private static async Task<(TestUser Ada, string[] Alerts)> RaiseAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 10), ("b", 10)))
            {
                Hash = Run.Commit(1),
                Thresholds = Run.UpperThreshold("percentage", 0.5),
            }
        );
        var report = await ada.RunAsync(
            new(project, Run.Latencies(("a", 20), ("b", 40)))
            {
                Hash = Run.Commit(2),
                Start = new(2026, 11, 20, 11, 0, 0, TimeSpan.Zero),
            }
        );
        return (
            ada,
            [
                .. report["alerts"]!
                    .AsArray()
                    .OrderBy(alert => (string?)alert!["benchmark"]!["name"], StringComparer.Ordinal)
                    .Select(alert => (string)alert!["uuid"]!),
            ]
        );
    }

    private static async Task UndoAsync(PageReader reader, string done, string told)
    {
        var page = (await reader.GetAsync(done)).Text;
        Assert.Contains(told, page, StringComparison.Ordinal);
        var every = System.Text.RegularExpressions.Regex.Match(page, "name=\"every\" value=\"([0-9]+)\"");
        await reader.PostAsync(
            List + "/undo",
            [
                ("proof", ChangePageTests.ProofIn(page)),
                .. every.Success ? [("every", every.Groups[1].Value)] : Array.Empty<(string, string)>(),
                .. ChangePageTests.BackField.Matches(page).Select(match => ("back", match.Groups[1].Value)),
            ]
        );
    }

    private static async Task<string> StatusAsync(Client client, string alert) =>
        (string)(await client.GetAsync($"/v0/projects/demo/alerts/{alert}")).Expect(200)["status"]!;
}
