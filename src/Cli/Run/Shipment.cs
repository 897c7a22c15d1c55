using System.Globalization;
using System.Text;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Results = Paddock.Core.Adapters.Results;

namespace Paddock.Cli.Run;

/// <summary>The part of a run's outputs that is sent, and notes about it for the user.</summary>
/// <param name="SetSizes">The number of outputs that form each result, in order; null when each output is its own
/// result.</param>
/// <param name="IsTaken">True when the results read from the outputs are sent instead of the outputs.</param>
/// <param name="IsCompact">True when the results are in Paddock's compact form, which keeps full names and units;
/// otherwise the adapter "json" reads them.</param>
internal sealed record Shipment(
    IReadOnlyList<Utf8Text> Results,
    IReadOnlyList<int>? SetSizes,
    bool IsTaken,
    IReadOnlyList<string> Notes,
    bool IsCompact = false
)
{
    private const int ExcerptMax = 200;

    public static Shipment Nothing { get; } = new([], SetSizes: null, IsTaken: false, []);

    /// <param name="allowEmpty">True when a run may measure nothing; null in a dry run, which sends nothing.</param>
    /// <param name="isPaddock">True when the server is Paddock, which merges several outputs into one result
    /// itself.</param>
    /// <exception cref="Failure">Nothing was measured.</exception>
    public static Shipment Of(Harvest harvest, LocalReader reader, bool? allowEmpty, bool isPaddock)
    {
        var read = harvest.Outputs.Select(output => (Output: output, By: reader.Read(output.Bytes))).ToList();
        List<string> notes = [];
        if (allowEmpty is true)
        {
            var unread = read.RemoveAll(one => one.By.Results is null);
            if (unread > 0)
                notes.Add($"No result can be read in {unread} of {harvest.Outputs.Count} outputs; they are ignored.");
        }
        else if (
            allowEmpty is false
            && read.TrueForAll(one => one.By.Results is { } results && LocalReader.MeasuredOf(results) == 0)
        )
            throw new Failure(
                $"This run measured nothing: {WhatWasSeen(harvest, [.. read.Select(one => one.By)])}"
                    + "\nNothing was sent. To record the run anyway, give --allow-empty."
            );

        var sets = SetsOf(read.ConvertAll(one => (one.Output, one.By.Results)), notes);
        var isEach = sets.TrueForAll(set => set.Count == 1);
        if (isEach || isPaddock)
        {
            IReadOnlyList<int>? sizes = isEach ? null : [.. sets.Select(set => set.Count)];
            return new([.. read.Select(one => new Utf8Text(one.Output.Bytes))], sizes, IsTaken: false, notes);
        }
        return Taken([.. sets.Select(set => ResultSets.Merged([.. set.Select(one => one!)]))], notes);
    }

    /// <summary>
    /// The same shipment with the results read from the outputs; null when an output cannot be read here.
    /// </summary>
    /// <param name="isPaddock">True when the server is Paddock, which reads the compact form.</param>
    public static Shipment? TakenOf(Harvest harvest, LocalReader reader, Shipment raw, bool isPaddock)
    {
        List<Results> results = [];
        List<Utf8Text> compact = [];
        foreach (var output in harvest.Outputs)
        {
            if (reader.Read(output.Bytes) is not { Results: { } one } read)
                return null;
            results.Add(one);
            if (isPaddock)
                compact.Add(new(Compact.Write(read.By, one)));
        }
        if (isPaddock)
            return new(compact, raw.SetSizes, IsTaken: true, raw.Notes, IsCompact: true);
        if (raw.SetSizes is not { } sizes)
            return Taken(results, raw.Notes);
        List<Results> merged = [];
        foreach (var size in sizes)
        {
            merged.Add(ResultSets.Merged(results[..size]));
            results.RemoveRange(0, size);
        }
        return Taken(merged, raw.Notes);
    }

    private static Shipment Taken(IEnumerable<Results> results, IReadOnlyList<string> notes) =>
        new([.. results.Select(one => new Utf8Text(Write(one)))], SetSizes: null, IsTaken: true, notes);

    private static byte[] Write(Results results)
    {
        using var buffer = new MemoryStream();
        using (var writer = new System.Text.Json.Utf8JsonWriter(buffer))
            MetricFormat.Write(writer, results);
        return buffer.ToArray();
    }

    /// <summary>
    /// Groups the outputs of each iteration into one result, unless they repeat each other or cannot be read here.
    /// </summary>
    private static List<List<Results?>> SetsOf(List<(HarnessOutput Output, Results? Results)> read, List<string> notes)
    {
        List<List<Results?>> sets = [];
        string? told = null;
        foreach (
            var iteration in read.GroupBy(one => one.Output.Iteration)
                .Select(of => of.Select(one => one.Results).ToList())
        )
        {
            var isRead = iteration.TrueForAll(one => one is not null);
            var isOne =
                iteration.Count > 1 && isRead && !ResultSets.RepeatEachOther([.. iteration.Select(one => one!)]);
            if (isOne)
                sets.Add(iteration);
            else
                sets.AddRange(iteration.Select(one => new List<Results?> { one }));
            if (iteration.Count < 2)
                continue;
            var count = iteration.Count.ToString(CultureInfo.InvariantCulture);
            told ??=
                isOne ? $"The {count} files are one set of results: they have different benchmarks."
                : isRead ? $"The {count} files have the same benchmarks: they are {count} iterations."
                : $"The {count} files are sent as {count} iterations.";
        }
        if (told is not null)
            notes.Add(told);
        return sets;
    }

    private static string WhatWasSeen(Harvest harvest, List<Outcome> read)
    {
        if (harvest.Failed is [.., var last] && read.Count == 0)
            return $"the benchmark command failed with exit code {last.ExitCode}, and it left no readable "
                + "results.";
        if (read.Count == 0)
            return "there was no iteration.";
        var remarks = Remark.Sentence([.. read.Select(one => Remark.Of(one.By, one.Results!))]);
        var output = harvest.Outputs[0];
        var text = Encoding
            .UTF8.GetString(output.Bytes.AsSpan(0, Math.Min(output.Bytes.Length, 4 * ExcerptMax)))
            .Trim();
        var source = output.File ?? "The output";
        if (text.Length > ExcerptMax)
            text = text[..ExcerptMax] + "…";
        return remarks + (text.Length == 0 ? $" {source} is empty." : $" {source} begins: {Text.Quote(text)}.");
    }
}
