using System.CommandLine;
using System.Globalization;
using Paddock.Cli.Run;
using Paddock.Core.Noise;
using Paddock.Host;

namespace Paddock.Cli;

/// <summary><c>paddock noise</c>: measures how much this machine disturbs benchmarks.</summary>
internal static class NoiseCommand
{
    private const int SecondsOtherwise = 30,
        BarCells = 20;
    private const double BarPercent = 100; // A full bar is the end of the noisy range.

    public static Command Create()
    {
        var duration = DomainOption.Number(
            "--duration",
            $"Seconds to measure ({SecondsOtherwise}).",
            (int)NoiseMeter.DurationMin.TotalSeconds,
            (int)NoiseMeter.DurationMax.TotalSeconds,
            helpName: "seconds"
        );
        var format = DomainOption.Word<ReportFormat>("--format", "How to show the result", offered: ["human", "json"]);
        var quiet = DomainOption.Flag("--quiet", "Print nothing but the result.", "-q");
        var command = new Command("noise") { duration, format, quiet };
        command.SetAction(
            (args, ct) =>
            {
                var (roots, time) = (
                    new HostRoots(),
                    TimeSpan.FromSeconds(args.GetValue(duration) ?? SecondsOtherwise)
                );
                try
                {
                    var (reading, switches) = NoiseMeter.Measure(
                        time,
                        Path.GetTempPath(),
                        roots,
                        args.GetValue(quiet) ? null : phase => Output.Note($"{phase} ..."),
                        ct
                    );
                    if (args.GetValue(format) == ReportFormat.Json)
                        Output.Line(Output.Pretty(reading.Write));
                    else
                        foreach (var line in Lines(reading, switches, time, Platform.Read(roots)))
                            Output.Line(line);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new Failure($"Cannot measure the disk at {Path.GetTempPath()}: {e.Message}", e);
                }
                return Task.FromResult(Exit.Success);
            }
        );
        return command;
    }

    internal static IEnumerable<string> Lines(
        NoiseReading reading,
        double? switches,
        TimeSpan duration,
        Platform platform
    )
    {
        yield return "Noise of this machine (less is better)";
        yield return $"  platform        "
            + platform.Hypervisor switch
            {
                null => "no hypervisor detected",
                "yes" => "virtual machine",
                var by => $"virtual machine ({by})",
            }
            + (platform.Container is { } kind ? $", in a container ({kind})" : "");
        yield return $"  measured for    {duration.TotalSeconds:0} s";
        if (platform.Caches.Count > 0)
            yield return $"  caches          "
                + $"{string.Join(", ", platform.Caches.Select(c => $"L{c.Level} {Size(c.Bytes)}"))}";
        if (switches is { } rate)
            yield return Invariant($"  switches        {rate:0} per second between tasks, while nothing was measured");
        yield return "";
        yield return Jitter("compute jitter", reading.Compute);
        yield return Jitter("cache jitter", reading.Cache);
        yield return Jitter("disk jitter", reading.Io);
        yield return reading.Steal is { } steal
            ? Bar("processor steal", steal, NoiseReading.LevelOfSteal(steal))
            : "  processor steal not reported by this kernel";
        yield return "";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  noise score     {reading.Score:0.0} dB, {Word(reading.Level)} (0 dB is a silent machine, 100 dB the "
                + $"worst)"
        );
        yield return $"  {Advice(reading)}";
    }

    private static string Jitter(string name, Jitter jitter) =>
        Bar(name, jitter.Percent, NoiseReading.LevelOfJitter(jitter.Percent))
        + Invariant($", {jitter.Samples} rounds, mean {Time(jitter.Mean)}, p99 {Time(jitter.P99)}");

    private static string Bar(string name, double percent, NoiseLevel level)
    {
        var cells = (int)Math.Round(Math.Clamp(percent / BarPercent, 0, 1) * BarCells);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {name, -15} {new string('#', cells)}{new string('-', BarCells - cells)} {percent, 7:0.00} %  "
                + $"{Word(level)}"
        );
    }

    private static string Advice(NoiseReading reading) =>
        (
            reading.Level,
            Robbed: reading.Steal is { } steal && NoiseReading.LevelOfSteal(steal) > NoiseLevel.Quiet
        ) switch
        {
            (NoiseLevel.Quiet, _) => "Quiet enough for small differences.",
            (NoiseLevel.Moderate, _) =>
                "Quiet enough for differences of a few percent; host tuning and dedicated benchmark cores make it "
                    + "quieter (docs/noise.md).",
            (_, true) => "Other virtual machines use this machine's processors: measure on a dedicated machine.",
            (NoiseLevel.Noisy, _) =>
                "Only large differences will show: stop other programs, or measure on a dedicated machine.",
            _ => "Results of this machine are not comparable: measure on a dedicated machine.",
        };

    private static string Word(NoiseLevel level) =>
        level == NoiseLevel.VeryNoisy ? "very noisy" : level.ToString().ToLowerInvariant();

    private static string Size(long bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";

    private static string Time(double nanoseconds) =>
        nanoseconds >= 1e6 ? Invariant($"{nanoseconds / 1e6:0.00} ms") : Invariant($"{nanoseconds / 1e3:0.00} µs");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
