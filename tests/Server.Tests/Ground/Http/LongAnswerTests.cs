using System.Net.Sockets;
using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Tests.Ground.Limits;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>Long answers (plots, reports, lists of reports) are streamed and complete.</summary>
public sealed class LongAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory, EveryDatabase]
    public async Task A_plot_with_too_many_points_is_refused_and_its_compact_form_has_a_higher_limit(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { PlotPointsMax = 5, PlotCompactPointsMax = 6 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        var (project, plot) = await PlotAsync(ada, benchmarks: 1, reports: 6);

        var refused = await ada.GetAsync(plot);
        Assert.Equal(400, refused.Status);
        Assert.Contains("more than 5 points", refused.Message, StringComparison.Ordinal);
        Assert.Equal(400, (await ada.GetAsync(plot.Replace("/perf?", "/perf/img?", StringComparison.Ordinal))).Status);
        Assert.Equal(
            6,
            (int)(await ada.GetAsync(plot + "&format=compact")).Expect(200)["results"]![0]!["points"]!["count"]!
        );
        await ada.RunAsync(new Run(project, Run.Latencies(("b0", 1))));
        Assert.Equal(400, (await ada.GetAsync(plot + "&format=compact")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_client_that_does_not_read_keeps_only_its_own_slots_and_is_dropped_at_its_timeout(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Limits = options.Limits with { AnswerTimeMax = TimeSpan.FromSeconds(60), Clock = clock },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        var (_, plot) = await PlotAsync(ada, benchmarks: 200, reports: 1, iterations: 150); // 30,000 points: 10 MB.
        var plots = server.Part<Shares>().Plots;
        using var first = await AskAsync(server, plot);
        await EventuallyAsync(() => plots.Held == 1);
        using var second = await AskAsync(server, plot);
        await EventuallyAsync(() => plots.Held == 2);
        using var third = await AskAsync(server, plot); // From the same address, whose limit is two.
        await EventuallyAsync(() => plots.Waiting == 1);

        Assert.Equal(200, (await ada.GetAsync(plot + "&format=compact")).Status); // Another caller.
        Assert.Equal((2, 1), (plots.Held, plots.Waiting));
        await EventuallyAsync(() => first.Available > 0 && second.Available > 0); // Their time limits have begun.

        clock.Advance(TimeSpan.FromSeconds(61));
        await EventuallyAsync(() => plots.Held == 1 && plots.Waiting == 0); // The third gets its turn.
        var read = await ReadAsync(first);
        Assert.InRange(read, 1, 6_000_000); // The content of the socket buffers, not the whole answer.
        await ReadAsync(second);
        clock.Advance(TimeSpan.FromSeconds(61));
        await EventuallyAsync(() => plots.Held == 0);
    }

    [Theory, EveryDatabase]
    public async Task An_unread_export_or_list_of_whole_reports_holds_a_slot_of_its_caller(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (project, _) = await PlotAsync(ada, benchmarks: 200, reports: 1, iterations: 150); // 30,000 results: 4 MB.
        var plots = server.Part<Shares>().Plots;
        using (await AskAsync(server, $"/v0/projects/{project}/export?format=csv"))
        using (await AskAsync(server, $"/v0/projects/{project}/reports?expand=true"))
        {
            await EventuallyAsync(() => plots.Held == 2);
            using var third = await AskAsync(server, $"/v0/projects/{project}/export");
            await EventuallyAsync(() => plots.Waiting == 1); // From the same address, whose limit is two.
            Assert.Equal(200, (await ada.GetAsync($"/v0/projects/{project}/reports")).Status);
        }
        await EventuallyAsync(() => plots.Waiting == 0);
    }

    [Theory, EveryDatabase]
    public async Task A_list_of_whole_reports_with_more_than_500000_results_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (project, _) = await PlotAsync(ada, benchmarks: 1, reports: 2);
        async Task<Reply> ListAsync(string query, int results)
        {
            await server.Database.WriteAsync(sql => sql.ExecuteAsync($"UPDATE reports SET metrics = {results}"));
            return await ada.GetAsync($"/v0/projects/{project}/reports?{query}");
        }

        var refused = await ListAsync("expand=true", results: 250_001);

        Assert.Equal(400, refused.Status);
        Assert.Contains("500002 results together; allowed: 500000 at most", refused.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await ListAsync("expand=true", results: 250_000)).Status);
        Assert.Equal(200, (await ListAsync("expand=true&per_page=1", results: 600_000)).Status); // One is always shown.
        Assert.Equal(200, (await ListAsync("per_page=255", results: 600_000)).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_large_report_is_identical_when_created_read_and_listed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var run = new Run(
            project,
            Run.Latencies([.. Enumerable.Range(0, 3000).Select(i => ($"benchmark {i}", (double)i))])
        );

        var made = await ada.RunAsync(run);

        var alone = (await ada.GetAsync($"/v0/projects/{project}/reports/{(string)made["uuid"]!}")).Expect(200);
        var list = await ada.GetAsync($"/v0/projects/{project}/reports?expand=true");
        Assert.Equal(made["results"]!.ToJsonString(), alone["results"]!.ToJsonString());
        Assert.Equal(alone.ToJsonString(), list.Expect(200)[0]!.ToJsonString());
        Assert.Equal(1, list.TotalCount);
    }

    // A project with benchmarks b0, b1, ... and a plot of all of them.
    private static async Task<(string Project, string Plot)> PlotAsync(
        TestUser user,
        int benchmarks,
        int reports,
        int iterations = 1
    )
    {
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < reports; i++)
        {
            var results = Run.Latencies([.. Enumerable.Range(0, benchmarks).Select(b => ($"b{b}", 1.0 + b))]);
            await user.RunAsync(new Run(project, [.. Enumerable.Repeat(results, iterations)]) { Hash = Run.Commit(i) });
        }
        async Task<string> UuidsAsync(string noun) =>
            string.Join(
                ',',
                (await user.GetAsync($"/v0/projects/{project}/{noun}?per_page=255"))
                    .Expect(200)
                    .AsArray()
                    .Select(row => (string)row!["uuid"]!)
            );
        return (
            project,
            $"/v0/projects/{project}/perf?branches={await UuidsAsync("branches")}&"
                + $"testbeds={await UuidsAsync("testbeds")}"
                + $"&benchmarks={await UuidsAsync("benchmarks")}&"
                + $"measures={(await UuidsAsync("measures")).Split(',')[0]}"
        );
    }

    // Sends the request and does not read the answer.
    private static async Task<TcpClient> AskAsync(TestServer server, string path)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await client
            .GetStream()
            .WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n"));
        return client;
    }

    // Reads everything until the server cuts the answer off.
    private static async Task<long> ReadAsync(TcpClient client)
    {
        using var patience = new CancellationTokenSource(Patience);
        var (buffer, total) = (new byte[64 << 10], 0L);
        try
        {
            for (int read; (read = await client.GetStream().ReadAsync(buffer, patience.Token)) > 0; )
                total += read;
        }
        catch (IOException) { }
        return total;
    }

    private static async Task EventuallyAsync(Func<bool> happened)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!happened())
            await Task.Delay(10, patience.Token);
    }
}
