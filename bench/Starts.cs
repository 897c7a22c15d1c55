using System.Diagnostics;
using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The time that programs take to start, and the memory of the idle server.</summary>
internal static class Starts
{
    private const int CliRuns = 40;
    private const int ServerRuns = 9;

    public static async Task MeasureAsync(Figures figures)
    {
        if (figures.Wants("start/cli"))
            Cli(figures);
        foreach (var engine in Enum.GetValues<Engine>())
            if (figures.Wants(ServerName(engine)))
                await ServerAsync(figures, engine);
    }

    private static string ServerName(Engine engine) => $"start/server/{Published.Word(engine)}";

    // Alternates with a program that does nothing, so that both see the same machine state.
    private static void Cli(Figures figures)
    {
        var hello = Published.Hello();
        var (ours, least) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var run = 0; run < CliRuns; run++)
        {
            least.Add(Time(hello));
            ours.Add(Time(Published.Cli, "--version"));
        }
        ours.Sort();
        least.Sort();
        figures.Add(
            "start/cli",
            $"p50 {ours.At(0.5).Ms()}, p99 {ours.At(0.99).Ms()}, {ours.At(0.5) / least.At(0.5):0.00} times a "
                + "trivial program",
            ("latency", Metric.Latency(ours))
        );
        figures.Add(
            "start/least",
            $"p50 {least.At(0.5).Ms()}, p99 {least.At(0.99).Ms()}",
            ("latency", Metric.Latency(least))
        );
    }

    private static TimeSpan Time(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? watch.Elapsed
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    private static async Task ServerAsync(Figures figures, Engine engine)
    {
        var times = new List<TimeSpan>();
        var resident = new List<long>();
        for (var run = 0; run < ServerRuns; run++)
        {
            await using var server = await Published.ServerAsync(engine);
            times.Add(server.FirstStart);
            resident.Add(ResidentBytes(server.Id));
        }
        times.Sort();
        resident.Sort();
        figures.Add(
            ServerName(engine),
            $"p50 {times.At(0.5).Ms()}, max {times[^1].Ms()}, resident {resident.At(0.5) >> 20} MiB",
            ("latency", Metric.Latency(times, upper: 1)),
            ("memory", new(resident.At(0.5)))
        );
    }

    /// <summary>A process's resident memory.</summary>
    public static long ResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(
                line.AsSpan(6, line.Length - 6 - 2),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture
            ) << 10; // "VmRSS:  1234 kB"
    }
}
