using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Bench;

/// <summary>
/// The cost of single methods that every result passes through, by BenchmarkDotNet: time and allocation of one call.
/// </summary>
internal static class Micro
{
    public static void Measure(Figures figures)
    {
        foreach (var type in (Type[])[typeof(JudgingCost), typeof(ReadingCost)])
        {
            var name = $"micro/{type.Name.Replace("Cost", "", StringComparison.Ordinal).ToLowerInvariant()}";
            if (!figures.Wants(name))
                continue;
            // Runs in this process, because a separate program per benchmark would be rebuilt each time.
            var config = ManualConfig
                .CreateEmpty()
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(NullLogger.Instance);
            foreach (var report in BenchmarkRunner.Run(type, config).Reports)
                Add(
                    figures,
                    $"{name}/{report.BenchmarkCase.Descriptor.WorkloadMethod.Name.ToLowerInvariant()}",
                    report
                );
        }
    }

    private static void Add(Figures figures, string name, BenchmarkReport report)
    {
        var statistics = report.ResultStatistics
            ?? throw new InvalidOperationException($"BenchmarkDotNet has no measurements for {name}.");
        var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        figures.Add(
            name,
            $"{statistics.Median / 1000:0.00} us, {bytes} bytes",
            ("latency", new(statistics.Median, statistics.Min, statistics.Max)),
            ("allocated", new(bytes))
        );
    }
}

/// <summary>Judging one value of a series whose history is as long as a verdict looks back.</summary>
public class JudgingCost
{
    private const int History = 200;
    private readonly Rules rules = new() { Direction = Direction.LowerIsBetter };
    private readonly Random random = new(71);
    private SeriesState state = new();
    private byte[] kept = [];
    private long at;

    [GlobalSetup]
    public void Grow()
    {
        state = new();
        for (at = 1; at <= History; at++)
            state.Append(new(at, Next()), rules);
        kept = state.Write();
    }

    [Benchmark]
    public Verdict Append() => state.Append(new(++at, Next()), rules);

    [Benchmark]
    public byte[] ReadAndWrite() => SeriesState.Read(kept)!.Write();

    private double Next() => 100 + random.NextDouble();
}

/// <summary>Parsing the results of one run: a hundred benchmarks in v0's own format.</summary>
public class ReadingCost
{
    private byte[] json = [];

    [GlobalSetup]
    public void Make() =>
        json = System.Text.Encoding.UTF8.GetBytes(
            "{"
                + string.Join(
                    ',',
                    Enumerable
                        .Range(0, 100)
                        .Select(i => $"\"benchmark {i}\":{{\"latency\":{{\"value\":{1000 + i},\"lower_value\":1}}}}")
                )
                + "}"
        );

    [Benchmark]
    public object? Results() => Harness.Read(Adapter.Json, json, average: null);

    [Benchmark]
    public object? ResultsByMagic() => Harness.Read(Adapter.Magic, json, average: null);
}
