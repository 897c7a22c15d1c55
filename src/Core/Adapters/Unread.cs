using System.Globalization;
using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>
/// Explains why nothing could be read from an output: the adapter, the first line that looked like a result, and what
/// was expected there.
/// </summary>
/// <param name="Line">The number of the line, from 1; null if no line looked like a result.</param>
/// <param name="Text">The line; null if a document stopped being what was expected at that line.</param>
/// <param name="Others">The other adapters tried by magic that came close, and what stopped them; the closest
/// first.</param>
public sealed record Unread(
    Adapter Adapter,
    int? Line,
    string? Text,
    string Expected,
    string? Trouble,
    IReadOnlyList<string> Others
)
{
    private const int TextMax = 160;
    private const int OthersMax = 3;

    // The maximum number of lines that are searched for one that looks like a result.
    private const int LinesMax = 200;

    /// <summary>A sentence without its subject: "found nothing: line 3 looks like a result, …".</summary>
    public override string ToString() =>
        $"{Reason(Line, Text, Trouble) ?? "no line looks like a result"}; expected: "
        + $"{Expected}{string.Concat(Others.Select(other => $"; or {other}"))}";

    /// <summary>
    /// Finds the reason. Call it only if nothing was read from the output, because it reads the output again.
    /// </summary>
    public static Unread Of(Adapter adapter, ReadOnlySpan<byte> utf8, ReadOptions options)
    {
        adapter = Harness.Canonical(adapter);
        if (Compact.IsOne(utf8))
        {
            const string Trouble = "this document of results is incomplete, or of a later version";
            return new(adapter, null, null, "results as `paddock run` writes them", Trouble, []);
        }
        if (new Output(utf8, options).Text.Trim(" \t\r\n"u8).IsEmpty)
            return new(adapter, null, null, ExpectedOf(adapter), "it is empty", []);
        if (Known(adapter, utf8, options) is { } known)
            return known;
        var nearest =
            adapter == Adapter.Magic
                ? NearestOf(Formats.InOrder, adapter, utf8, options)
                    .OrderBy(near => near.Rank)
                    .ThenBy(near => near.Line)
                    .DistinctBy(near => near.Format.Adapter)
                    .ToList()
                : NearestOf([Formats.Of(adapter)], adapter, utf8, options);
        if (nearest.Count == 0)
            return new(adapter, null, null, ExpectedOf(adapter), null, []);
        var best = nearest[0];
        var others = nearest
            .Skip(1)
            .Take(OthersMax)
            .Select(near => $"{Words<Adapter>.Of(near.Format.Adapter)}: {Reason(near.Line, near.Text, near.Trouble)}");
        return new(adapter, best.Line, best.Text, best.Format.Expected, best.Trouble, [.. others]);
    }

    private static string ExpectedOf(Adapter adapter) =>
        adapter == Adapter.Magic
            ? "the output of a harness that docs/adapters lists, or Bencher Metric Format"
            : Formats.Of(adapter).Expected;

    // The reasons that can be given without looking for the place where reading stopped.
    private static Unread? Known(Adapter adapter, ReadOnlySpan<byte> utf8, ReadOptions options)
    {
        var usual = options with { Average = null };
        var expected =
            adapter == Adapter.Magic
                ? "the output of a harness that docs/adapters lists"
                : Formats.Of(adapter).Expected;
        if (options.Average is { } average && Harness.Read(adapter, utf8, usual).Results is not null)
        {
            var output = new Output(utf8, options);
            if (adapter != Adapter.Magic)
                Formats.Of(adapter).Read(ref output, average);
            var seen = output.Trouble is null ? "" : $": {output.Trouble}";
            return new(adapter, null, null, expected, $"this harness prints no {Words<Average>.Of(average)}{seen}", []);
        }
        var text = new Output(utf8, options).Text;
        if (ForPeople.Find(adapter, text) is var (table, place))
        {
            var (at, shown) = FirstWithNumber(text, place); // The sign may be a heading.
            return new(adapter, at, shown, table.Instead, $"this is the human-readable output of {table.Harness}", []);
        }
        // JsTime is not suggested, because many kinds of output contain lines like "NAME: 12ms".
        var other = adapter == Adapter.Magic ? default : Harness.Read(Adapter.Magic, utf8, usual);
        if (
            adapter is not (Adapter.Magic or Adapter.Pattern)
            && other.By != adapter
            && other is { Results.Benchmarks.Count: > 0, By: not Adapter.JsTime }
        )
            return new(adapter, null, null, expected, $"this looks like {Words<Adapter>.Of(other.By)}", []);
        return null;
    }

    private sealed record Near(Format Format, int Rank, int? Line, string? Text, string? Trouble);

    // Rank 0 knows what is wrong with which benchmark; rank 1 knows where a document stopped being what was expected;
    // rank 2 only has a line.
    private static List<Near> NearestOf(
        IReadOnlyList<Format> formats,
        Adapter asked,
        ReadOnlySpan<byte> utf8,
        ReadOptions options
    )
    {
        var nearest = new List<Near>();
        foreach (var format in formats)
        {
            var output = new Output(utf8, options);
            format.Read(ref output, options.Average);
            if (output.Trouble is { } trouble)
            {
                var seen = format.IsJson ? null : ResultLine(format, output.Text);
                nearest.Add(new(format, 0, seen?.Number, seen?.Text, trouble));
            }
            else if (!format.IsSpecific(asked))
                continue;
            else if (format.IsJson)
            {
                if (output.FaultLine > 0 && format.FirstSign(output.Text) >= 0)
                    nearest.Add(new(format, 1, output.FaultLine, null, null));
            }
            else if (ResultLine(format, output.Text) is var (line, text))
                nearest.Add(new(format, 2, line, text, null));
        }
        return nearest;
    }

    private static string? Reason(int? line, string? text, string? trouble)
    {
        var where =
            line is null ? null
            : text is null
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"its document has unexpected content from line {line} on"
                )
            : string.Create(CultureInfo.InvariantCulture, $"line {line} looks like a result: {Names.Text.Quote(text)}");
        return trouble is null ? where
            : where is null ? trouble
            : $"{trouble}; {where}";
    }

    // Finds a line with a sign of the format and a number. A part of a JSON document does not count.
    private static (int Number, string Text)? ResultLine(Format format, ReadOnlySpan<byte> text)
    {
        var from = 0;
        for (var i = 0; i < LinesMax && format.FirstSign(text[from..]) is >= 0 and var sign; i++)
        {
            var at = from + sign;
            var (number, line) = LineAt(text, at);
            if (line.Length > 0 && line[0] is not ('"' or '}' or ']') && line.AsSpan().IndexOfAnyInRange('0', '9') >= 0)
                return (number, line);
            if (text[at..].IndexOf((byte)'\n') is not (>= 0 and var end))
                break;
            from = at + end + 1;
        }
        return null;
    }

    private static (int Number, string Text) FirstWithNumber(ReadOnlySpan<byte> text, int from)
    {
        var at = from;
        for (var i = 0; i < LinesMax && at < text.Length; i++)
        {
            var length = text[at..].IndexOf((byte)'\n');
            var end = length < 0 ? text.Length : at + length;
            var start = text[..at].LastIndexOf((byte)'\n') + 1;
            if (text[start..end].IndexOfAnyInRange((byte)'0', (byte)'9') >= 0)
                return LineAt(text, at);
            at = end + 1;
        }
        return LineAt(text, from);
    }

    private static (int Number, string Text) LineAt(ReadOnlySpan<byte> text, int at)
    {
        at = Math.Min(at, text.Length);
        var start = text[..at].LastIndexOf((byte)'\n') + 1;
        var line = text[start..];
        if (line.IndexOf((byte)'\n') is >= 0 and var end)
            line = line[..end];
        var shown = Encoding.UTF8.GetString(Terminal.Plain(line[..Math.Min(line.Length, TextMax)])).Trim();
        return (text[..start].Count((byte)'\n') + 1, shown);
    }
}
