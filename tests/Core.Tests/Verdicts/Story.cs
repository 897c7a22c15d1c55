using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>Builds a series report by report. Keys count from 1.</summary>
internal sealed class Story(Rules? rules = null, SeriesState? from = null, int seed = 71)
{
    private readonly Random random = new(seed);

    public Rules Rules { get; } = rules ?? new() { Direction = Direction.LowerIsBetter };

    public SeriesState State { get; } = from ?? new();

    public List<Verdict> Verdicts { get; } = [];

    public List<ChangeEvent> Events => [.. Verdicts.SelectMany(v => v.Events)];

    public Verdict Last => Verdicts[^1];

    public Verdict Add(double value, ulong environment = 0) =>
        Say(State.Append(new((State.LastAt ?? 0) + 1, value, environment), Rules));

    public Story Run(params double[] values)
    {
        foreach (var value in values)
            Add(value);
        return this;
    }

    /// <summary>Appends normal values around a level.</summary>
    public Story Run(int count, double level, double variation = 0.01, ulong environment = 0)
    {
        foreach (var value in Values(count, level, variation))
            Add(value, environment);
        return this;
    }

    public Verdict Rerun(double level, double variation = 0.01) =>
        Say(State.Confirm(Values(Last.Suspicion!.RerunsWanted, level, variation), Rules));

    public Verdict RunPairs(double @base, double head, double variation = 0.01, int pairs = 12) =>
        Say(State.Pairs(Values(pairs, @base, variation), Values(pairs, head, variation), Rules));

    public Verdict Say(Verdict verdict)
    {
        Verdicts.Add(verdict);
        return verdict;
    }

    public double[] Values(int count, double level, double variation) =>
        [.. Enumerable.Range(0, count).Select(_ => level * (1 + variation * Analysis.Noise.Normal(random)))];
}
