using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>Judges the series of one report together: what needs to know of them all.</summary>
public static class ReportJudge
{
    /// <summary>
    /// How many reruns are judged. Fewer can prove no change and would refute every suspicion; more are left out.
    /// </summary>
    public const int RerunsLeast = 5,
        RerunsMost = Levels.FreshMax;

    /// <summary>Appends one value to each state. <see cref="Rules.Series"/> is set to how many there are.</summary>
    /// <param name="series">How many series the report has, where these are not all of them.</param>
    public static Verdict[] Append(
        IReadOnlyList<SeriesState> states,
        IReadOnlyList<Observation> values,
        IReadOnlyList<Rules> rules,
        int? series = null
    ) => [.. states.Select((state, i) => state.Append(values[i], rules[i] with { Series = series ?? states.Count }))];

    /// <summary>
    /// Judges the reruns of a report: among those of mature series at most one in a hundred of what is shown is to be
    /// wrong (Benjamini-Hochberg over all series of the report, those without reruns included).
    /// </summary>
    /// <param name="fresh">
    /// The fresh values of each series in the order of the states; null where there are none.
    /// </param>
    public static Verdict[] Confirm(
        IReadOnlyList<SeriesState> states,
        IReadOnlyList<double[]?> fresh,
        IReadOnlyList<Rules> rules
    )
    {
        var level = RerunLevel([.. states.Select((state, i) => (state, fresh[i] ?? []))], states.Count);
        return
        [
            .. states.Select(
                (state, i) =>
                    fresh[i] is { } values
                        ? state.Confirm(values, rules[i] with { Series = states.Count }, level)
                        : state.Look(rules[i] with { Series = states.Count })
            ),
        ];
    }

    /// <summary>The level of the rank test of reruns, for those of a report together.</summary>
    /// <param name="series">How many series the report has.</param>
    public static double RerunLevel(IReadOnlyList<(SeriesState State, double[] Fresh)> rerun, int series)
    {
        double[] chances =
        [
            .. rerun.Select(one => one.Fresh.Length > 0 ? one.State.RerunChance(one.Fresh) : double.NaN),
        ];
        return Math.Min(Levels.Reruns, BenjaminiHochberg.Threshold(chances, series, Levels.ReportRate));
    }

    /// <summary>
    /// Which verdicts to list as "perhaps also" beside a proven one: by what their tests showed, at a rate of one in
    /// ten.
    /// </summary>
    public static IReadOnlyList<int> PerhapsAlso(IReadOnlyList<Verdict> verdicts)
    {
        if (!verdicts.Any(v => v.Events.Any(e => e.Kind == EventKind.Proven)))
            return [];
        double[] chances = [.. verdicts.Select(v => v.P ?? double.NaN)];
        var threshold = BenjaminiHochberg.Threshold(chances, verdicts.Count, Levels.PerhapsRate);
        return
        [
            .. Enumerable
                .Range(0, verdicts.Count)
                .Where(i =>
                    chances[i] <= threshold
                    && threshold > 0
                    && verdicts[i].State is not (VerdictState.Slower or VerdictState.Faster)
                ),
        ];
    }
}
