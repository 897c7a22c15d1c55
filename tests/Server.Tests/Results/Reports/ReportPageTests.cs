using System.Net;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Reports;

public sealed class ReportPageTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&</title>";

    [Theory, EveryDatabase]
    public async Task Results_outside_their_limits_are_in_the_headline_and_come_first(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("calm", 1100), ("slow", 1100))));
        var report = await user.RunAsync(
            new(project, Run.Latencies(("calm", 1200), ("slow", 9000)))
            {
                Hash = Run.Commit(7),
                Thresholds = Run.UpperThreshold("static", 5000),
            }
        );

        var page = await server.GetAsync($"/perf/demo/reports/{report["uuid"]}");

        Assert.Equal(200, page.Status);
        Assert.Contains("1 of 2 metrics slower than its limit", page.Text, StringComparison.Ordinal);
        Assert.Contains("above limit", page.Text, StringComparison.Ordinal);
        Assert.Contains(Run.Commit(7), page.Text, StringComparison.Ordinal);
        Assert.Contains($"/v0/projects/demo/reports/{report["uuid"]}", page.Text, StringComparison.Ordinal);
        var all = page.Text[page.Text.IndexOf("All results", StringComparison.Ordinal)..];
        Assert.True(all.IndexOf(">slow<", StringComparison.Ordinal) < all.IndexOf(">calm<", StringComparison.Ordinal));
    }

    [Theory, EveryDatabase]
    public async Task An_unjudged_or_empty_report_is_not_shown_as_good(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var unjudged = await user.RunAsync(new(project, Run.Latencies(("bench", 1))));
        var empty = await user.RunAsync(new(project, "{}"));

        Assert.Contains(
            "Too little history to judge",
            (await server.GetAsync($"/perf/demo/reports/{unjudged["uuid"]}")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "No benchmarks",
            (await server.GetAsync($"/perf/demo/reports/{empty["uuid"]}")).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task A_dismissed_alert_is_listed_but_not_in_the_headline(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("slow", 1))));
        var report = await user.RunAsync(
            new(project, Run.Latencies(("slow", 9))) { Thresholds = Run.UpperThreshold("static", 5) }
        );
        (
            await user.PatchAsync(
                $"/v0/projects/demo/alerts/{report["alerts"]![0]!["uuid"]}",
                new { status = "dismissed" }
            )
        ).Expect(200);

        var page = await server.GetAsync($"/perf/demo/reports/{report["uuid"]}");

        Assert.Contains("No active alerts", page.Text, StringComparison.Ordinal);
        Assert.Contains("above limit, dismissed", page.Text, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_report_shows_the_start_point_of_its_branch(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("bench", 1))) { Branch = "trunk", Hash = Run.Commit(3) });
        var report = await user.RunAsync(
            new(project, Run.Latencies(("bench", 1))) { Branch = "feature", StartPoint = new { branch = "trunk" } }
        );

        var page = await server.GetAsync($"/perf/demo/reports/{report["uuid"]}");

        Assert.Contains("Began from", page.Text, StringComparison.Ordinal);
        Assert.Contains("trunk, version 0", page.Text, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_get_the_same_page_for_a_private_and_a_missing_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var owner = await server.SignUpAsync("Olga Owner");
        var outsider = await server.SignUpAsync("Otto Outsider");
        (
            await owner.PostAsync(
                $"/v0/organizations/{owner.Slug}/projects",
                new { name = "Secret", visibility = "private" }
            )
        ).Expect(201);
        var report = (string)(await owner.RunAsync(new("secret", Run.Latencies(("bench", 1)))))["uuid"]!;
        var uuid = (string)(await owner.GetAsync("/v0/projects/secret")).Expect(200)["uuid"]!;

        foreach (var root in (string[])["/perf/", "/console/projects/"])
        foreach (var rest in (string[])["", "/reports/" + report])
        foreach (var who in (Client[])[server, outsider])
        foreach (var id in (string[])["secret", uuid])
        {
            var (hidden, missing) = (await who.GetAsync(root + id + rest), await who.GetAsync(root + "missing" + rest));
            Assert.Equal((404, 404), (hidden.Status, missing.Status));
            Assert.Equal(missing.Text, hidden.Text);
        }
        Assert.Equal(200, (await owner.GetAsync("/console/projects/secret/perf")).Status);
        Assert.Contains(
            "/console/projects/secret/perf?branches=",
            (await owner.GetAsync("/console/projects/secret/reports/" + report)).Text,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task Names_are_escaped_and_the_content_security_policy_forbids_other_sources(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        (await user.PostAsync($"/v0/organizations/{user.Slug}/projects", new { name = Hostile, slug = "demo" })).Expect(
            201
        );
        var results = new JsonObject
        {
            [Hostile] = new JsonObject { [Hostile] = new JsonObject { ["value"] = 5 } },
        }.ToJsonString();
        var report = await user.RunAsync(new("demo", results) { Testbed = Hostile });
        await user.RunAsync(new("demo", results) { Testbed = Hostile });

        foreach (
            var path in (string[])
                [$"/perf/demo/reports/{report["uuid"]}", "/perf/demo/explore", "/perf/demo?clear=true"]
        )
        {
            var page = await server.GetAsync(path);
            Assert.Equal(200, page.Status);
            // Except for Paddock's own: the script that enhances the plot, and its settings, which are data.
            var foreign = System.Text.RegularExpressions.Regex.Replace(
                page.Text,
                "<script type=\"(module\" src=\"/console/assets/(?:explorer|keys)-[0-9a-f]+[.]js|application/json\" "
                    + "id=\"explorer-settings)\">",
                ""
            );
            Assert.DoesNotContain("<script", foreign, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(WebUtility.HtmlEncode("<script>alert(1)</script>"), page.Text, StringComparison.Ordinal);
            Assert.StartsWith(
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'",
                page.Headers.GetValues("content-security-policy").Single(),
                StringComparison.Ordinal
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task A_refused_page_request_gets_an_HTML_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        await user.CreateProjectAsync("Demo");

        var (bad, missing) = (
            await server.GetAsync("/perf/demo/reports/none"),
            await server.GetAsync($"/perf/demo/reports/{Guid.Empty}")
        );

        Assert.Equal((400, 404), (bad.Status, missing.Status));
        Assert.StartsWith("<!DOCTYPE html>", bad.Text, StringComparison.Ordinal);
        Assert.Contains("is not a UUID", bad.Text, StringComparison.Ordinal);
        Assert.Contains("Not found", missing.Text, StringComparison.Ordinal);
    }
}
