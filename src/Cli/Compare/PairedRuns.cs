using System.Globalization;
using Paddock.Cli.Run;
using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Comparison = Paddock.Core.Verdicts.Comparison;

namespace Paddock.Cli.Compare;

/// <summary>Runs base and head in turns, and keeps each run's results.</summary>
/// <param name="file">The path of the results in each side's folder; null to read standard output.</param>
internal sealed class PairedRuns(Sides sides, LocalReader reader, string? file, Action<string> note)
{
    private sealed record Series(string Units, double[] Base, double[] Head);

    private readonly SortedDictionary<(string Benchmark, string Measure), Series> measured = [];
    private readonly Dictionary<(string Side, int Pair), byte[]> printed = [];
    private int count;

    /// <summary>
    /// Runs all pairs. Which side runs first is random in each pair, so that neither the machine nor its warmth favors
    /// one.
    /// </summary>
    /// <exception cref="Failure">A run failed, or its results cannot be read.</exception>
    public async Task RunAsync(int pairs, int seed, CancellationToken ct)
    {
        count = pairs;
        var random = new Random(seed);
        for (var pair = 0; pair < pairs; pair++)
        {
            note(string.Create(CultureInfo.InvariantCulture, $"Pair {pair + 1} of {pairs}"));
            var isBaseFirst = random.Next(2) == 0;
            await OnceAsync(isBaseFirst ? sides.Base : sides.Head, pair, ct);
            await OnceAsync(isBaseFirst ? sides.Head : sides.Base, pair, ct);
        }
    }

    private async Task OnceAsync(Side side, int pair, CancellationToken ct)
    {
        var execution = await Sides.RunAsync(
            side,
            string.Create(CultureInfo.InvariantCulture, $"{side.Name} of pair {pair + 1}"),
            ct
        );
        var bytes = LocalReader.Clean(
            file is null ? execution.Output : await Input.ReadFileAsync(Path.Combine(side.Folder, file), ct)
        );
        printed[(side.Name, pair)] = bytes;
        if (reader.Read(bytes).Results is not { } results || LocalReader.MeasuredOf(results) == 0)
            throw new Failure($"No result can be read in the output of {side.Name} in pair {pair + 1}: {side.Command}");
        foreach (var benchmark in results.Benchmarks)
        foreach (var (measure, metric) in benchmark.Metrics)
        {
            var key = (benchmark.Name.Value, measure.Value);
            if (!measured.TryGetValue(key, out var series))
                measured.Add(
                    key,
                    series = new(
                        BuiltInMeasure.Find(measure.Value)?.Units
                            ?? results.UnitsOf(measure)
                            ?? BuiltInMeasure.GenericUnits,
                        Missing(),
                        Missing()
                    )
                );
            (side == sides.Base ? series.Base : series.Head)[pair] = metric.Value;
        }
    }

    /// <summary>The measured pairs in the form that the server reads.</summary>
    public NewPairs ToSend(ReportSettings settings)
    {
        return new([
            .. Enumerable.Range(0, count).Select(pair => new NewPair(Of(sides.Base, pair), Of(sides.Head, pair))),
        ]);

        Rerun Of(Side side, int pair) => new([new Utf8Text(printed[(side.Name, pair)])], settings);
    }

    private double[] Missing() => [.. Enumerable.Repeat(double.NaN, count)];

    public ComparisonReport Judge(double effectMin, int seed)
    {
        List<ComparedSeries> compared = [];
        foreach (var ((benchmark, measure), series) in measured)
        {
            var found = Comparison.Of(series.Base, series.Head, Directions.Of(series.Units), effectMin);
            compared.Add(
                new(
                    benchmark,
                    measure,
                    series.Units,
                    VerdictOf(found, series.Units),
                    found.P,
                    Told(series.Base),
                    Told(series.Head)
                )
            );
        }
        var changes = VerdictWords.Sum([
            .. compared.Select(one => new ToldVerdict(one.Benchmark, one.Measure, one.Units, one.Verdict)),
        ]);
        return new(changes, count, seed, compared);
    }

    private static ResultVerdict VerdictOf(Comparison found, string units)
    {
        var verdict = new ResultVerdict(
            found.State,
            Sentence: "",
            Number(found.Base),
            Number(found.Base),
            Number(found.Head),
            Number(found.Effect.Estimate),
            new(Number(found.Effect.Low), Number(found.Effect.High)),
            Sees: found.Sees is { } sees ? Number(sees) : null
        );
        var sentence =
            found.State == VerdictState.Young
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"only {found.Pairs} pairs have a value on both sides; {Comparison.PairsLeast} are needed"
                )
                : VerdictWords.Of(verdict, units);
        return verdict with { Sentence = sentence };
    }

    private static List<double?> Told(double[] values) => [.. values.Select(Number)];

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
