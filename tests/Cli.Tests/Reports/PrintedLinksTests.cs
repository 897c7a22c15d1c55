using System.Net;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Reports;

/// <summary>Every URL that a run prints leads to a page.</summary>
public sealed partial class PrintedLinksTests
{
    // The default console URL of a server; the test's server listens on another port.
    private const string Console = "http://localhost:6610";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_printed_link_leads_to_a_page(bool isPublic)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        if (!isPublic)
            (await ada.PatchAsync("/v0/projects/rocket", new { visibility = "private" })).Expect(200);
        await ada.RunAsync(
            new(
                "rocket",
                Paddock.Testing.Run.Measured(("a", "latency", 1), ("b/c", "latency", 1), ("a", "Heap size", 7))
            )
        );
        string[] run =
        [
            "run",
            "--host",
            server.Address.ToString(),
            "--token",
            ada.Token,
            "--project",
            "rocket",
            "--branch",
            "main",
            "--testbed",
            "box",
            "--quiet",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "percentage",
            "--threshold-upper-boundary",
            "0.1",
            "--threshold-lower-boundary",
            "0.1",
        ];
        string[] command =
        [
            """echo '{"a": {"latency": {"value": 9}, "Heap size": {"value": 7}}, "b/c": {"latency": {"value": 1}}}'""",
        ];

        var html = await PaddockProgram.RunAsync([.. run, "--format", "html", .. command]);
        var text = await PaddockProgram.RunAsync([.. run, .. command]);

        Assert.True(html.ExitCode == 0, html.Error);
        Assert.True(text.ExitCode == 0, text.Error);
        var links = Address()
            .Matches(html.Output + text.Output)
            .Select(match => WebUtility.HtmlDecode(match.Value))
            .Distinct()
            .ToList();
        foreach (
            var kind in (string[])
                [
                    "/reports/",
                    "/branches/",
                    "/testbeds/",
                    "/benchmarks/",
                    "/measures/",
                    "/thresholds/",
                    "/alerts/",
                    "?branches=",
                ]
        )
            Assert.Contains(links, link => link.Contains(kind));
        foreach (var link in links)
        {
            using var response = await FollowAsync(
                link.Replace(Console, "", StringComparison.Ordinal),
                server.Address,
                ada.Token
            );
            Assert.True(response.IsSuccessStatusCode, $"{link} answers {(int)response.StatusCode}");
            Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task The_link_to_claim_a_project_leads_to_a_page()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Address.ToString(),
            "--project",
            "rocket",
            "--ci-on-the-fly",
            "--quiet",
            """echo '{"a": {"latency": {"value": 9}}}'""",
        ]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        var claim = Assert.Single(Address().Matches(ended.Output).Select(match => match.Value).Distinct(), link =>
            link.Contains("claim=")
        );
        using var response = await server.Http.GetAsync(claim.Replace(Console, "", StringComparison.Ordinal));
        Assert.True(response.IsSuccessStatusCode, $"{claim} answers {(int)response.StatusCode}");
    }

    // Follows redirects by hand, because HttpClient drops the token on a redirect.
    private static async Task<HttpResponseMessage> FollowAsync(string path, Uri server, string token)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        for (var hops = 0; ; hops++)
        {
            var response = await http.GetAsync(path);
            if (response.Headers.Location is not { } next || hops == 5)
                return response;
            response.Dispose();
            path = next.ToString();
        }
    }

    [GeneratedRegex("http://localhost:6610[^\\s\"<]*")]
    private static partial Regex Address();
}
