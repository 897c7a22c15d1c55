using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>
/// The time from submitting a run with a job until a waiting runner receives the job on its socket, and how fast a long
/// queue is handed out.
/// </summary>
internal static class Dispatches
{
    private const string Image = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const int Rounds = 300;
    private const int Backlog = 10_000;
    private const int SlotsMax = 50; // The limit for one runner.
    private const int Submitters = 16;
    private const int PollSeconds = 900; // Longer than any measurement here takes.
    private static readonly int[] Connected = [1, 100, 1000];

    private sealed record Arrival(TestRunner Runner, JsonNode Message, long At);

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            var backlog = $"dispatch/{Published.Word(engine)}/backlog";
            foreach (var count in Connected)
                if ($"dispatch/{Published.Word(engine)}/{count}" is var name && figures.Wants(name))
                    await IdleAsync(figures, name, engine, count);
            if (figures.Wants(backlog))
                await BacklogAsync(figures, backlog, engine);
        }
    }

    private static async Task IdleAsync(Figures figures, string name, Engine engine, int count)
    {
        await using var server = await Published.ServerAsync(engine);
        var user = await PrepareAsync(server);
        var arrivals = Channel.CreateUnbounded<Arrival>();
        var free = Connections.Resident(server);
        var runners = await ConnectAsync(user, count);
        foreach (var runner in runners)
        {
            _ = ListenAsync(runner, arrivals.Writer);
            await runner.SendAsync(new { @event = "ready", poll_timeout = PollSeconds });
        }
        // The server's CPU time for idle connections.
        var before = CpuTime(server);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var idle = (CpuTime(server) - before).TotalSeconds / 5;
        var memory = (Connections.Resident(server) - free) / (double)count;

        var times = new List<TimeSpan>();
        for (var i = -20; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var accepted = SubmitAsync(user);
            var arrival = await JobAsync(arrivals.Reader);
            if (i >= 0)
                times.Add(Stopwatch.GetElapsedTime(start, arrival.At));
            await accepted;
            await arrival.Runner.SendAsync(
                new
                {
                    @event = "failed",
                    job = (string)arrival.Message["uuid"]!,
                    results = Array.Empty<object>(),
                    error = "measured",
                }
            );
            await arrival.Runner.SendAsync(new { @event = "ready", poll_timeout = PollSeconds });
            await Task.Delay(5); // The runner waits for a job again.
        }
        times.Sort();
        figures.Add(
            name,
            $"p50 {times.At(0.5).Ms(), 10}   p99 {times.At(0.99).Ms(), 10}   max {times[^1].Ms(), 10}   idle "
                + $"{idle:0.0%} of a core, {memory / 1024:0} KiB a runner",
            ("latency", Metric.Latency(times))
        );

        // Busy runners: one heartbeat per second from each.
        if (count == 1000)
            await BeatsAsync(figures, name + "/heartbeats", server, user, runners, arrivals.Reader);
        foreach (var runner in runners)
            await runner.DisposeAsync();
    }

    private static async Task BeatsAsync(
        Figures figures,
        string name,
        ServerProcess server,
        TestUser user,
        List<TestRunner> runners,
        ChannelReader<Arrival> arrivals
    )
    {
        for (var i = 0; i < runners.Count; i += Submitters)
            await Task.WhenAll(
                Enumerable.Range(0, Math.Min(Submitters, runners.Count - i)).Select(_ => SubmitAsync(user))
            );
        for (var i = 0; i < runners.Count; i++)
            await JobAsync(arrivals);
        const int seconds = 5;
        var before = CpuTime(server);
        for (var second = 0; second < seconds; second++)
        {
            var watch = Stopwatch.StartNew();
            foreach (var runner in runners)
                await runner.SendAsync("{\"event\":\"heartbeat\"}");
            if (watch.Elapsed < TimeSpan.FromSeconds(1))
                await Task.Delay(TimeSpan.FromSeconds(1) - watch.Elapsed);
        }
        var load = (CpuTime(server) - before).TotalSeconds / seconds;
        figures.Add(name, $"{load:0.0%} of a core for {runners.Count} heartbeats a second", ("cpu", new(load * 100)));
    }

    private static async Task BacklogAsync(Figures figures, string name, Engine engine)
    {
        await using var server = await Published.ServerAsync(engine);
        var user = await PrepareAsync(server);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Submitters)
                .Select(async _ =>
                {
                    for (var i = 0; i < Backlog / Submitters; i++)
                        await SubmitAsync(user);
                })
        );
        var submitted = Backlog / watch.Elapsed.TotalSeconds;
        var runners = await ConnectAsync(user, 1000);
        watch.Restart();
        await Task.WhenAll(runners.Select(runner => runner.TakeAsync(PollSeconds)));
        var claimed = runners.Count / watch.Elapsed.TotalSeconds;
        figures.Add(
            name,
            $"{claimed, 8:#,0} claims/s with a queue of {Backlog:#,0}; {submitted:#,0} jobs/s accepted",
            ("throughput", new(claimed))
        );
        foreach (var runner in runners)
            await runner.DisposeAsync();
    }

    private static async Task<TestUser> PrepareAsync(ServerProcess server)
    {
        var user = await Load.SignUpAsync(server);
        await user.CreateProjectAsync("App");
        (
            await user.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 1,
                    disk = 1,
                    fallback = true,
                }
            )
        ).Expect(201);
        return user;
    }

    // Opens the requested number of channels, each for its own slot.
    private static async Task<List<TestRunner>> ConnectAsync(TestUser user, int count)
    {
        var runners = new List<TestRunner>(count);
        for (var i = 0; runners.Count < count; i++)
        {
            var made = (await user.PostAsync("/v0/runners", new { name = $"Rig {i}" })).Expect(201);
            var (uuid, key) = ((string)made["uuid"]!, (string)made["key"]!);
            (await user.PostAsync($"/v0/runners/{uuid}/specs", new { spec = "box" })).Expect(201);
            for (var slot = 0; slot < SlotsMax && runners.Count < count; slot++)
                runners.Add(await TestRunner.ConnectAsync(user.Address, uuid, key, slot));
        }
        foreach (var runner in runners)
            runner.Patience = TimeSpan.FromSeconds(PollSeconds);
        return runners;
    }

    private static async Task SubmitAsync(TestUser user)
    {
        var body = new Run("app").ToJson();
        body["job"] = new JsonObject { ["image"] = Image, ["spec"] = "box" };
        (await user.PostAsync("/v0/run", body)).Expect(201);
    }

    private static async Task ListenAsync(TestRunner runner, ChannelWriter<Arrival> arrivals)
    {
        try
        {
            while (true)
            {
                var message = await runner.ReceiveAsync();
                arrivals.TryWrite(new(runner, message, Stopwatch.GetTimestamp()));
            }
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or ObjectDisposedException) { } // Measuring has ended.
    }

    private static async Task<Arrival> JobAsync(ChannelReader<Arrival> arrivals)
    {
        while (true)
        {
            var arrival = await arrivals.ReadAsync();
            if ((string)arrival.Message["event"]! == "job")
                return arrival;
        }
    }

    private static TimeSpan CpuTime(ServerProcess server)
    {
        using var process = Process.GetProcessById(server.Id);
        return process.TotalProcessorTime;
    }
}
