using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Outside.Export;

public sealed class ExportTests
{
    private const string Path = "/v0/projects/demo/export";

    [Theory, EveryDatabase]
    public async Task A_JSON_lines_export_has_one_complete_line_per_report_in_report_order(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await WithReportsAsync(server);

        var lines = Lines(await ada.GetAsync(Path));

        Assert.Equal(4, lines.Count);
        Assert.Equal([2, 1, 1, 1], lines.Select(line => line["results"]!.AsArray().Count));
        Assert.Equal(Run.Commit(0), (string?)lines[0]["hash"]);
        Assert.Equal(
            ("main", "box", "2026-11-20T10:00:00Z"),
            ((string?)lines[0]["branch"], (string?)lines[0]["testbed"], (string?)lines[0]["start_time"])
        );
        Assert.Equal(1.5, (double)lines[0]["results"]![0]!["a"]!["Latency"]!["value"]!);
        Assert.Equal("nanoseconds (ns)", (string?)lines[0]["units"]!["Latency"]);
        Assert.Equal(
            ("main", Run.Commit(0)),
            ((string?)lines[2]["start_point"]!["branch"], (string?)lines[2]["start_point"]!["hash"])
        );
        Assert.True((bool)lines[3]["start_point"]!["reset"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_export_can_be_narrowed_to_a_branch_a_series_or_a_time(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await WithReportsAsync(server);

        Assert.Equal(2, Lines(await ada.GetAsync(Path + "?branch=main")).Count);
        Assert.Equal(
            2,
            Lines(await ada.GetAsync(Path + "?benchmark=b"))
                .Sum(line => line["results"]!.AsArray().Count(one => one!["b"] is not null))
        );
        Assert.All(Lines(await ada.GetAsync(Path + "?benchmark=b")), line => Assert.Null(line["results"]![0]!["a"]));
        Assert.Empty(Lines(await ada.GetAsync(Path + "?measure=throughput")));
        Assert.Empty(Lines(await ada.GetAsync(Path + "?start_time=1800000000000")));
        Assert.Equal(400, (await ada.GetAsync(Path + "?format=xml")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_Parquet_export_has_one_typed_row_per_value(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await WithReportsAsync(server);
        var table = (await ada.GetAsync(Path + "?format=csv")).Text.Split(
            "\r\n",
            StringSplitOptions.RemoveEmptyEntries
        );

        using var answer = await ada.Http.GetAsync(Path + "?format=parquet");
        using var file = new MemoryStream(await answer.Content.ReadAsByteArrayAsync());
        var rows = await Parquet.Serialization.ParquetSerializer.DeserializeAsync<ParquetLine>(file);

        Assert.Equal("application/vnd.apache.parquet", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(table.Length - 1, rows.Data.Count);
        var first = rows.Data[0];
        Assert.Equal(("main", "box", "a", 1.5), (first.Branch, first.Testbed, first.Benchmark, first.Value));
        Assert.Equal(new DateTime(2026, 11, 20, 10, 0, 0, DateTimeKind.Utc), first.Time.ToUniversalTime());
        Assert.Null(first.Baseline);
    }

    private sealed class ParquetLine
    {
        [JsonPropertyName("branch")]
        public string? Branch { get; set; }

        [JsonPropertyName("testbed")]
        public string? Testbed { get; set; }

        [JsonPropertyName("benchmark")]
        public string? Benchmark { get; set; }

        [JsonPropertyName("time")]
        public DateTime Time { get; set; }

        [JsonPropertyName("value")]
        public double Value { get; set; }

        [JsonPropertyName("baseline")]
        public double? Baseline { get; set; }
    }

    [Theory, EveryDatabase]
    public async Task A_CSV_export_has_one_row_per_value_and_escapes_formulas(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await WithReportsAsync(server);
        await ada.RunAsync(new Run("demo", Run.Latencies(("=1+1, \"x\"", 3))) { Hash = Run.Commit(9) });

        var rows = (await ada.GetAsync(Path + "?format=csv")).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.StartsWith(
            "report,branch,version,hash,testbed,time,iteration,benchmark,measure,unit,value,lower,upper,",
            rows[0],
            StringComparison.Ordinal
        );
        Assert.Equal(1 + 6 + 1, rows.Length);
        Assert.Contains(
            $",main,0,{Run.Commit(0)},box,2026-11-20T10:00:00Z,0,a,Latency,nanoseconds (ns),1.5,,,,,",
            rows[1],
            StringComparison.Ordinal
        );
        Assert.Contains("\"'=1+1, \"\"x\"\"\"", rows[^1], StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Export_is_allowed_only_to_callers_who_may_read_the_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Root");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Demo", visibility = "private" }
            )
        ).Expect(201);

        Assert.Equal((404, 404), ((await eve.GetAsync(Path)).Status, (await server.GetAsync(Path)).Status));
        Assert.Equal(200, (await olive.GetAsync(Path)).Status);
    }

    private static async Task<TestUser> WithReportsAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(
            new Run("demo", Run.Latencies(("a", 1.5), ("b", 2)), Run.Latencies(("a", 1.75))) { Hash = Run.Commit(0) }
        );
        await ada.RunAsync(new Run("demo", Run.Latencies(("a", 1.25))) { Hash = Run.Commit(1) });
        await ada.RunAsync(
            new Run("demo", Run.Latencies(("b", 2.5)))
            {
                Hash = Run.Commit(2),
                Branch = "feature",
                StartPoint = new { branch = "main", hash = Run.Commit(0) },
            }
        );
        await ada.RunAsync(
            new Run("demo", Run.Latencies(("a", 2.5)))
            {
                Hash = Run.Commit(3),
                Branch = "feature",
                StartPoint = new { reset = true },
            }
        );
        return ada;
    }

    private static List<JsonNode> Lines(Reply reply)
    {
        Assert.Equal(200, reply.Status);
        return [.. reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
