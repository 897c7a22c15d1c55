using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>The pages of changes: their content, and who may decide there.</summary>
public sealed partial class ChangePageTests
{
    private const string List = "/perf/demo/changes";

    [Theory, EveryDatabase]
    public async Task A_change_is_read_accepted_and_opened_again_without_a_script(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var report = await story.RunAsync(20, 135);
        var change = $"{List}/{VerdictOf(report)["change"]}";
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        var list = (await reader.GetAsync(List)).Text;
        Assert.Contains("1 benchmark is slower", list, StringComparison.Ordinal);
        Assert.Contains($"href=\"{change}\"", list, StringComparison.Ordinal);
        Assert.Contains(
            $"href=\"{change}\"",
            (await reader.GetAsync($"/perf/demo/reports/{report["uuid"]}")).Text,
            StringComparison.Ordinal
        );
        var page = (await reader.GetAsync(change)).Text;
        Assert.Contains("1 benchmark is slower since 0000000", page, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(page, "class=\"level\"")); // Before and since, in the wide and the narrow plot.
        Assert.Equal(
            303,
            (
                await reader.PostAsync(
                    change,
                    ("proof", ProofIn(page)),
                    ("decision", "accepted"),
                    ("note", "a price worth paying")
                )
            ).Status
        );
        page = (await reader.GetAsync(change)).Text;
        Assert.Contains("Accepted for 1 series by Ada Admin", page, StringComparison.Ordinal);
        Assert.Contains("a price worth paying", page, StringComparison.Ordinal);
        await reader.PostAsync(change, ("proof", ProofIn(page)), ("decision", "open"));

        Assert.Equal(
            "open",
            (string?)
                (await ada.GetAsync($"/v0/projects/demo/changes/{VerdictOf(report)["change"]}")).Expect(200)["state"]
        );
        Assert.Contains(
            "No change matches",
            (await reader.GetAsync(List + "?state=dismissed&branch=&benchmark=")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "1 benchmark is slower",
            (await reader.GetAsync(List + "?benchmark=a&branch=main")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(400, (await reader.GetAsync(List + "?state=gone")).Status);
    }

    [Theory, EveryDatabase]
    public async Task All_listed_changes_are_dismissed_together_and_undone(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, "main", start: null, thresholds: null, ("a", 100), ("b", 50));
        await story.RunAsync(8, "main", start: null, thresholds: null, ("a", 135), ("b", 35));
        using var reader = await PageReader.SignInAsync(server, ada.Token);
        var page = (await reader.GetAsync(List)).Text;
        var listed = ListedField.Matches(page).Select(match => ("listed", match.Groups[1].Value)).ToArray();
        Assert.Equal(2, listed.Length);

        var done = await reader.PostAsync(
            List,
            [("proof", ProofIn(page)), ("all", "true"), ("decision", "dismissed"), .. listed]
        );
        Assert.Equal(303, done.Status);
        Assert.All((await ada.GetAsync("/v0/projects/demo/changes")).Expect(200).AsArray(), change =>
            Assert.Equal("dismissed", (string?)change!["state"])
        );
        page = (await reader.GetAsync(done.Headers.Location!.ToString())).Text;
        Assert.Contains("2 changes dismissed.", page, StringComparison.Ordinal);
        await reader.PostAsync(
            List + "/undo",
            [("proof", ProofIn(page)), .. BackField.Matches(page).Select(match => ("back", match.Groups[1].Value))]
        );

        Assert.All((await ada.GetAsync("/v0/projects/demo/changes")).Expect(200).AsArray(), change =>
            Assert.Equal("open", (string?)change!["state"])
        );
        Assert.Equal(400, (await reader.PostAsync(List, ("proof", ProofIn(page)), ("decision", "dismissed"))).Status);
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_can_read_but_not_decide_the_changes_of_a_public_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        var change = $"{List}/{VerdictOf(await story.RunAsync(20, 135))["change"]}";
        var bob = await server.SignUpAsync("Bob Other");
        using var anonymous = new PageReader(server.Address);
        using var other = await PageReader.SignInAsync(server, bob.Token);
        using var member = await PageReader.SignInAsync(server, ada.Token);
        var proof = ProofIn((await member.GetAsync(change)).Text);

        foreach (var reader in (PageReader[])[anonymous, other])
        {
            var page = await reader.GetAsync(change);
            Assert.Equal(200, page.Status);
            Assert.DoesNotContain("name=\"decision\"", page.Text, StringComparison.Ordinal);
        }
        foreach (var path in (string[])[change, List, List + "/undo"])
        {
            // Redirects to the sign-in page.
            Assert.Equal(302, (await anonymous.PostAsync(path, ("proof", proof), ("decision", "accepted"))).Status);
            Assert.Equal(403, (await other.PostAsync(path, ("proof", proof), ("decision", "accepted"))).Status);
            Assert.Equal(403, (await member.PostAsync(path, ("decision", "accepted"))).Status); // Without its proof.
            Assert.Equal(
                403,
                (
                    await member.PostFromAsync(
                        "https://elsewhere.example",
                        path,
                        ("proof", proof),
                        ("decision", "accepted")
                    )
                ).Status
            );
        }
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        foreach (var path in (string[])[change, List])
        {
            Assert.Equal(404, (await anonymous.GetAsync(path)).Status);
            Assert.Equal(404, (await other.GetAsync(path)).Status);
            Assert.Equal(404, (await other.PostAsync(path, ("proof", proof), ("decision", "accepted"))).Status);
        }
        Assert.Equal("open", (string?)(await ada.GetAsync("/v0/projects/demo/changes")).Expect(200)[0]!["state"]);
    }

    [Theory, EveryDatabase]
    public async Task Changes_are_filtered_by_lists_of_choices_and_by_part_of_a_benchmark_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < 40; i++)
            await ada.RunAsync(
                new(
                    project,
                    Run.Latencies(
                        ("parse/small", (i < 25 ? 100 : 140) + i * 7 % 5),
                        ("print", (i < 20 ? 50 : 80) + i * 7 % 5)
                    )
                )
                {
                    Branch = "feature/one",
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );
        await ada.RunAsync(new(project, Run.Latencies(("parse/small", 100))) { Branch = "main" });
        async Task<string> PageAsync(string query) =>
            System.Net.WebUtility.HtmlDecode((await server.GetAsync($"/perf/{project}/changes{query}")).Text);
        int Listed(string page) => Regex.Count(page, "<th scope=\"row\"><span class=\"sign\"");

        var all = await PageAsync("");

        Assert.Equal(2, Listed(all));
        Assert.Contains(
            "<select name=\"branch\"><option value selected>all</option>"
                + "<option value=\"feature-one\">feature/one</option></select>",
            all,
            StringComparison.Ordinal
        );
        Assert.Contains("<option value=\"box\">box</option>", all, StringComparison.Ordinal);
        Assert.Contains("<option value=\"latency\">Latency</option>", all, StringComparison.Ordinal);
        Assert.Contains("<option value=\"parse/small\"></option>", all, StringComparison.Ordinal);
        var chosen = await PageAsync("?branch=feature-one&testbed=&benchmark=parse&measure=latency&state=");
        Assert.Equal(1, Listed(chosen));
        Assert.Matches("<option value=\"feature-one\" selected[^>]*>feature/one</option>", chosen);
        Assert.Matches("name=\"benchmark\" value=\"parse\"", chosen);
        // The stream of the open page has the same filter.
        using var stream = new StreamReader(
            await server.Http.GetStreamAsync($"/perf/{project}/changes/events?benchmark=parse")
        );
        string? line;
        do line = await stream.ReadLineAsync();
        while (line is not null && !line.StartsWith("data: \"", StringComparison.Ordinal));
        Assert.Equal(
            Regex.Match(await PageAsync("?benchmark=parse"), "data-state=\"([^\"]+)\"").Groups[1].Value,
            line?["data: \"".Length..^1]
        );
        foreach (
            var (query, count) in ((string, int)[])
                [
                    ("?benchmark=p*t", 1),
                    ("?benchmark=print", 1),
                    ("?benchmark=nothing", 0),
                    ("?branch=feature/one", 2),
                    ("?branch=main", 0),
                ]
        )
            Assert.Equal(count, Listed(await PageAsync(query)));
        Assert.Matches("<option value=\"gone\" selected[^>]*>gone</option>", await PageAsync("?measure=gone"));
    }

    internal static string ProofIn(string page) => ProofField.Match(page).Groups[1].Value;

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex ProofField { get; }

    [GeneratedRegex("name=\"listed\" value=\"([^\"]+)\"")]
    internal static partial Regex ListedField { get; }

    [GeneratedRegex("name=\"back\" value=\"([^\"]+)\"")]
    internal static partial Regex BackField { get; }
}
