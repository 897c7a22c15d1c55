using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;
using Change = Paddock.Core.Wire.Change;

namespace Paddock.Server.Results.Changes;

/// <summary>One series of a change.</summary>
/// <param name="Plot">The address of the page with this series' plot.</param>
public sealed record ChangedRow(
    int Place,
    string Benchmark,
    string Measure,
    string Testbed,
    ChangeState State,
    string Before,
    string After,
    string Effect,
    string Interval,
    EffectPlace? Bar,
    string ProvenBy,
    string Plot
);

/// <summary>
/// An effect and its interval on a scale from 0 to 1 that all rows of a table share. Zero is the position of no effect.
/// </summary>
public sealed record EffectPlace(double Low, double Effect, double High, double Zero);

/// <summary>The scale of a table's effects, from the lowest to the highest; it always includes 0.</summary>
internal readonly record struct EffectScale(double From, double To)
{
    public static EffectScale Of(IEnumerable<double?> effects)
    {
        var (from, to) = (0.0, 0.0);
        foreach (var effect in effects)
            if (effect is { } known && double.IsFinite(known))
                (from, to) = (Math.Min(from, known), Math.Max(to, known));
        return new(from, to);
    }

    public EffectPlace? PlaceOf(double? effect, double? low, double? high) =>
        To > From && (effect, low, high) is ({ } middle, { } least, { } most)
            ? new(At(least), At(middle), At(most), At(0))
            : null;

    private double At(double effect) => (effect - From) / (To - From);
}

/// <summary>An event of a change, in words.</summary>
/// <param name="Other">The address of the change that series went to or came from.</param>
public sealed record HappenedRow(
    DateTimeOffset Time,
    string What,
    string? Who,
    string? Report,
    string? Other,
    string? Note
);

/// <param name="Shown">The position of the plotted series among all series of the change, which may be more than
/// <paramref name="Series"/>.</param>
/// <param name="SeriesLeft">The number of series beyond <see cref="SeriesMax"/>, which only the JSON contains.</param>
/// <param name="Proof">Null if the reader may not decide.</param>
public sealed record ChangeView(
    ProjectPaths Paths,
    string Project,
    Change Change,
    string What,
    string? Most,
    Commit? Commit,
    string? Effects,
    PlotAround? Plot,
    int Shown,
    IReadOnlyList<ChangedRow> Series,
    int SeriesLeft,
    IReadOnlyList<HappenedRow> Happened,
    string? Proof
)
{
    public const int SeriesMax = 500;

    internal static ChangeView Of(
        ProjectRow project,
        Change change,
        PlotAround? plot,
        int shown,
        ProjectPaths paths,
        string? proof
    )
    {
        var (what, most) = Split(change.Sentence);
        var series = change.Series!;
        var scale = EffectScale.Of(
            series.Take(SeriesMax).SelectMany(one => (double?[])[one.Effect, one.Interval.Lower, one.Interval.Upper])
        );
        var known = series.Where(one => one.Effect is not null).Select(one => one.Effect!.Value).ToList();
        return new(
            paths,
            project.Name,
            change,
            what,
            most,
            Commit.Of(change.Since.Hash, project.Url),
            known.Count == 0
                ? null
                : ChangesView.EffectsOf(new(change.Uuid, known.MinBy(Math.Abs), known.MaxBy(Math.Abs)), change.Effect),
            plot,
            shown,
            [
                .. series
                    .Take(SeriesMax)
                    .Select((one, i) => RowOf(one, i, scale, $"{paths.Change(change.Uuid)}?series={i + 1}")),
            ],
            Math.Max(0, series.Count - SeriesMax),
            [.. change.Events!.Select(e => HappenedOf(e, paths))],
            proof
        );
    }

    /// <summary>
    /// Splits a sentence into the claim ("2 benchmarks are slower since a2ec63d") and the series that changed most.
    /// </summary>
    internal static (string What, string? Most) Split(string sentence)
    {
        var colon = sentence.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? (sentence.TrimEnd('.'), null) : (sentence[..colon], sentence[(colon + 2)..]);
    }

    /// <summary>The state as a symbol and a word, so that color alone carries no meaning.</summary>
    public static string StateWords(ChangeState state) =>
        state switch
        {
            ChangeState.Open => "● open",
            ChangeState.Accepted => "✓ accepted",
            ChangeState.Dismissed => "– dismissed",
            ChangeState.Returned => "↩ returned",
            ChangeState.Refuted => "– refuted",
            ChangeState.Settled => "✓ settled",
            ChangeState.Merged => "→ merged",
        };

    /// <summary>Explains the state to the reader.</summary>
    public static string Meaning(Change change) =>
        (change.State, change.Verdict) switch
        {
            (ChangeState.Open, ChangeVerdict.Slower) =>
                "Open. It stays in each report until the values return, or until somebody accepts or dismisses it.",
            (ChangeState.Open, _) => "Open. The next reports mention it; then the new level becomes the normal one.",
            (ChangeState.Accepted, _) => "Accepted: the new level is the normal one.",
            (ChangeState.Dismissed, _) => "Dismissed: it was no real change.",
            (ChangeState.Returned, _) => "Over: the values are back at the old level.",
            (ChangeState.Refuted, _) => "Refuted: a rerun did not show it.",
            (ChangeState.Settled, _) => "Settled: some reports mentioned it, and the new level is the normal one now.",
            (ChangeState.Merged, _) =>
                "Merged: later values show that its benchmarks changed at another commit, so they now belong to other "
                    + "changes.",
        };

    private static ChangedRow RowOf(ChangedSeries one, int index, EffectScale effects, string plot)
    {
        var scale = Units.Scale(one.Measure.Units, Math.Min(Math.Abs(one.Before), Math.Abs(one.After)));
        return new(
            index + 1,
            one.Benchmark.Name,
            one.Measure.Name,
            one.Testbed.Name,
            one.State,
            scale.PrintWithSymbol(one.Before),
            scale.PrintWithSymbol(one.After),
            one.Effect is { } known ? VerdictWords.Percent(known, signed: true) : "from 0",
            one.Interval is { Lower: { } from, Upper: { } to }
                ? $"{VerdictWords.Percent(from, signed: true)} to {VerdictWords.Percent(to, signed: true)}"
                : "–",
            effects.PlaceOf(one.Effect, one.Interval.Lower, one.Interval.Upper),
            WordsOf(one.Proof),
            plot
        );
    }

    private static string WordsOf(Proof proof) =>
        proof switch
        {
            Core.Verdicts.Proof.Pairs => "pairs of runs",
            Core.Verdicts.Proof.Repeats => "later reports",
            Core.Verdicts.Proof.Waiting => "more reports",
            Core.Verdicts.Proof.Equal => "equal values",
            _ => Words<Proof>.Of(proof),
        };

    private static HappenedRow HappenedOf(ChangeEntry entry, ProjectPaths paths)
    {
        var series = $"{entry.Count} series";
        return new(
            entry.Created,
            entry.Kind switch
            {
                EventKind.Proven => $"Proven for {series}",
                EventKind.Joined => $"Proven for {entry.Count} more series",
                EventKind.Returned => $"{series} returned to the old level",
                EventKind.Settled => $"The normal level of {series} from here on",
                EventKind.Accepted => $"Accepted for {series}",
                EventKind.Dismissed => $"Dismissed for {series}",
                EventKind.Reopened => $"Opened again for {series}",
                EventKind.Moved => "Later values show another commit: it was "
                    + $"{(entry.Former is { } former ? VerdictWords.Of(former) : "an older one")} before",
                EventKind.Split => $"{series} moved at another commit, as later values show",
                EventKind.Merged => $"{entry.Count} more series moved at this commit, as later values show",
                var other => $"{Words<EventKind>.Of(other)}: {series}",
            },
            entry.User?.Name,
            entry.Report is { } report ? paths.Report(report) : null,
            entry.Other is { } counterpart ? paths.Change(counterpart) : null,
            entry.Note
        );
    }
}
