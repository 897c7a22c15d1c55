using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;
using Paddock.Server.Results.Reports;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>
/// The cost of a fleet of a thousand runners and ten thousand pods: of listing it, keeping it connected, and sending
/// its events.
/// </summary>
internal static class Fleet
{
    private static readonly string[] Scopes = ["runners:read"];
    private const int Runners = 1000,
        Pods = 10_000,
        Readers = 1000,
        Requests = 400;
    private const string Image = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(10),
        Watched = TimeSpan.FromSeconds(20);

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var engine in Enum.GetValues<Engine>())
            if (figures.Wants($"fleet/{Published.Word(engine)}"))
                await MeasureAsync(figures, engine, $"fleet/{Published.Word(engine)}");
    }

    private static async Task MeasureAsync(Figures figures, Engine engine, string name)
    {
        await using var server = await Published.ServerAsync(
            engine,
            new Dictionary<string, string>
            {
                ["PADDOCK_API_KEY_READS_PER_MINUTE"] = "0",
                ["PADDOCK_API_KEY_WRITES_PER_MINUTE"] = "0",
                ["PADDOCK_JOB_WATCHERS_MAX"] = "2000",
            }
        );
        var admin = await Load.SignUpAsync(server);
        var (key, runners) = await ConnectAsync(admin);
        await Task.Delay(Settle);
        AddCpu(figures, $"{name}/waiting", await CpuAsync(server, Watched), $"{Runners} runners waiting for a job");
        await using (new Beats(runners, TimeSpan.FromSeconds(30)))
        {
            await SubmitAsync(admin);
            await ReadAsync(figures, name, admin, key, runners);
            await Task.Delay(Settle);
            AddCpu(
                figures,
                $"{name}/working",
                await CpuAsync(server, Watched),
                $"{Runners} runners with a job each and a heartbeat every 30 s, like Paddock runners"
            );
            await WatchedAsync(figures, name, server, admin, key, runners);
        }
        await using (new Beats(runners, TimeSpan.FromSeconds(1)))
        {
            await Task.Delay(Settle);
            AddCpu(
                figures,
                $"{name}/originals",
                await CpuAsync(server, Watched),
                $"{Runners} runners with a job each and a heartbeat every second, like original runners"
            );
        }
        foreach (var runner in runners)
            runner.Socket.Dispose();
    }

    private sealed record Machine(string Uuid, ClientWebSocket Socket);

    private static void AddCpu(Figures figures, string name, double percent, string what) =>
        figures.Add(name, $"{percent:0.00} % of a core, {what}", ("cpu", new(percent)));

    private static async Task<(Client Key, List<Machine> Runners)> ConnectAsync(TestUser admin)
    {
        (
            await admin.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 2,
                    memory = 1L << 30,
                    disk = 1L << 30,
                }
            )
        ).Expect(201);
        var key = new Client(
            admin.Address,
            (string)
                (
                    await admin.PostAsync(
                        $"/v0/organizations/{admin.Slug}/api-keys",
                        new { name = "Bench", scopes = Scopes }
                    )
                ).Expect(201)["key"]!
        );
        var ready = Encoding.UTF8.GetBytes(
            """{"event":"ready","poll_timeout":900,"runner":{"os":"linux","arch":"x86_64","version":"1.2.0"}}"""
        );
        var runners = new List<Machine>();
        for (var i = 0; i < Runners; i++)
        {
            var made = (await admin.PostAsync("/v0/runners", new { name = $"Rig {i}" })).Expect(201);
            var uuid = (string)made["uuid"]!;
            (await admin.PostAsync($"/v0/runners/{uuid}/specs", new { spec = "box" })).Expect(201);
            (
                await admin.PatchAsync($"/v0/runners/{uuid}", new { labels = new[] { "bench", $"rack-{i % 20}" } })
            ).Expect(200);
            var socket = new ClientWebSocket();
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            socket.Options.SetRequestHeader("Authorization", "Bearer " + (string)made["key"]!);
            await socket.ConnectAsync(
                new UriBuilder(admin.Address) { Scheme = "ws", Path = $"/v0/runners/{uuid}/channel" }.Uri,
                default
            );
            runners.Add(new(uuid, socket));
            await SendAsync(runners[^1], ready);
        }
        return (key, runners);
    }

    /// <summary>Submits all jobs. Each runner gets one; the others wait.</summary>
    private static async Task SubmitAsync(TestUser admin)
    {
        var run = new Run(await admin.CreateProjectAsync("App")) { Testbed = "box" }.ToJson();
        run["job"] = new JsonObject { ["image"] = Image, ["spec"] = "box" };
        await Parallel.ForAsync(0, Pods, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
            (await admin.PostAsync("/v0/run", run)).Expect(201)
        );
        await Task.Delay(Settle);
    }

    private static async Task ReadAsync(Figures figures, string name, TestUser admin, Client key, List<Machine> runners)
    {
        var all = (await key.GetAsync("/runners")).Expect(200)["runners"]!.AsArray();
        if (all.Count != Runners || all.Sum(runner => (int)runner!["pod_count"]!) != Runners)
            throw new InvalidOperationException($"{name}: {all.Count} runners were returned");
        var label = 0;
        // Each request follows a change, so that no cached answer is left.
        var changed = await TimeAsync(
            key,
            async () =>
                (
                    await admin.PatchAsync(
                        $"/v0/runners/{runners[label % Runners].Uuid}",
                        new { labels = new[] { $"l{label++}" } }
                    )
                ).Expect(200),
            tag: false
        );
        var same = await TimeAsync(key, () => Task.CompletedTask, tag: false);
        var known = await TimeAsync(key, () => Task.CompletedTask, tag: true);
        foreach (
            var (what, times) in new[] { ("runners/changed", changed), ("runners/same", same), ("runners/304", known) }
        )
            figures.Add(
                $"{name}/{what}",
                $"p50 {times.At(0.5).Ms()}, p99 {times.At(0.99).Ms()}, measured by the client",
                ("latency", Metric.Latency(times))
            );
    }

    private static async Task<List<TimeSpan>> TimeAsync(Client key, Func<Task> before, bool tag)
    {
        var times = new List<TimeSpan>();
        string? last = null;
        for (var i = 0; i < Requests; i++)
        {
            await before();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/runners");
            if (tag && last is not null)
                request.Headers.TryAddWithoutValidation("If-None-Match", last);
            var start = Stopwatch.GetTimestamp();
            using var response = await key.Http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            var took = Stopwatch.GetElapsedTime(start);
            last = response.Headers.ETag!.Tag;
            if (i >= 20 && (!tag || (int)response.StatusCode == 304))
                times.Add(took); // The first requests are slow. With heartbeats in between, not every answer is a 304.
        }
        times.Sort();
        return times;
    }

    /// <summary>
    /// Sends heartbeats from all runners, evenly spread over the interval, and receives the acknowledgments. The server
    /// sends nothing else to a waiting runner until there is a job.
    /// </summary>
    private sealed class Beats : IAsyncDisposable
    {
        private readonly CancellationTokenSource ending = new();
        private readonly Task all;

        public Beats(List<Machine> runners, TimeSpan every) =>
            all = Task.WhenAll(
                runners.Select((runner, at) => Task.Run(() => BeatAsync(runner, every, every * at / runners.Count)))
            );

        public async ValueTask DisposeAsync()
        {
            await ending.CancelAsync();
            await all;
            ending.Dispose();
        }

        private async Task BeatAsync(Machine runner, TimeSpan every, TimeSpan first)
        {
            var beat = """{"event":"heartbeat"}"""u8.ToArray();
            try
            {
                await Task.Delay(first, ending.Token);
                using var timer = new PeriodicTimer(every);
                do
                {
                    await SendAsync(runner, beat);
                    await ReceiveAsync(runner);
                } while (await timer.WaitForNextTickAsync(ending.Token));
            }
            catch (OperationCanceledException) { }
        }
    }

    /// <summary>Measures the same with a thousand readers of the event stream, and one change per second.</summary>
    private static async Task WatchedAsync(
        Figures figures,
        string name,
        ServerProcess server,
        TestUser admin,
        Client key,
        List<Machine> runners
    )
    {
        using var ending = new CancellationTokenSource();
        var alone = await ChangesAsync();
        var events = 0;
        var streams = new List<Task>();
        for (var i = 0; i < Readers; i++)
        {
            var response = await key.Http.GetAsync("/runners/events", HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            streams.Add(
                Task.Run(async () =>
                {
                    using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
                    try
                    {
                        while (await reader.ReadLineAsync(ending.Token) is { } line)
                            if (line.StartsWith("event:", StringComparison.Ordinal))
                                Interlocked.Increment(ref events);
                    }
                    catch (OperationCanceledException) { }
                })
            );
        }
        await Task.Delay(Settle);
        var before = Volatile.Read(ref events);
        var watched = await ChangesAsync();
        var heard = (Volatile.Read(ref events) - before) / (double)Readers;
        await ending.CancelAsync();
        await Task.WhenAll(streams);
        AddCpu(
            figures,
            $"{name}/watched",
            watched - alone,
            $"for {Readers} readers that received {heard:0.0} events each in {Watched.TotalSeconds:0} s"
        );

        async Task<double> ChangesAsync()
        {
            var measuring = CpuAsync(server, Watched);
            for (var i = 0; !measuring.IsCompleted; i++)
            {
                (await admin.PatchAsync($"/v0/runners/{runners[i].Uuid}", new { labels = new[] { $"w{i}" } })).Expect(
                    200
                );
                await Task.Delay(1000);
            }
            return await measuring;
        }
    }

    /// <returns>The server process's use of one core, in percent; a separate database is not counted.</returns>
    private static async Task<double> CpuAsync(ServerProcess server, TimeSpan span)
    {
        using var process = Process.GetProcessById(server.Id);
        var (began, used) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        await Task.Delay(span);
        process.Refresh();
        return (process.TotalProcessorTime - used) / Stopwatch.GetElapsedTime(began) * 100;
    }

    private static async Task SendAsync(Machine runner, byte[] message) =>
        await runner.Socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, default);

    private static async Task ReceiveAsync(Machine runner)
    {
        var buffer = new byte[4096];
        WebSocketReceiveResult received;
        do received = await runner.Socket.ReceiveAsync(buffer, default);
        while (!received.EndOfMessage);
    }
}
