using System.Globalization;
using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>Why nothing could be read of an output: who tried, the first line that looked like a result, and what was expected there.</summary>
/// <param name="Line">Its number, from 1; null when no line looked like a result.</param>
public sealed record Unread(Adapter Adapter, int? Line, string? Text, string Expected, string? Trouble)
{
    private const int TextMax = 160;

    /// <summary>One sentence without its subject: "found nothing: line 3 looks like a result, …".</summary>
    public override string ToString()
    {
        var why = Trouble is null ? "" : $"{Trouble}; ";
        return Line is { } line
            ? string.Create(CultureInfo.InvariantCulture, $"{why}line {line} looks like a result: {Names.Text.Quote(Text)}; expected: {Expected}")
            : $"{why}no line looks like a result; expected: {Expected}";
    }

    /// <summary>Looks for the reason. Only for outputs of which nothing was read: it reads them again.</summary>
    public static Unread Of(Adapter adapter, ReadOnlySpan<byte> utf8, ReadOptions options)
    {
        adapter = Harness.Canonical(adapter);
        var trouble = options.Average is { } average && Harness.Read(adapter, utf8, options with { Average = null }).Results is not null
            ? $"this harness prints no {Words<Average>.Of(average)}"
            : null;
        if (trouble is null && ForPeople.Find(adapter, new Output(utf8, options).Text) is var (table, place))
        {
            var (at, shown) = LineAt(new Output(utf8, options).Text, place);
            return new(adapter, at, shown, table.Instead, $"this is what {table.Harness} prints for people");
        }
        var candidates = adapter == Adapter.Magic ? Formats.InOrder : [Formats.Of(adapter)];
        (Format Format, int At)? best = null;
        foreach (var format in candidates)
        {
            var output = new Output(utf8, options);
            format.Read(ref output, options.Average);
            trouble ??= output.Trouble;
            if (format.FirstSign(output.Text) is >= 0 and var sign && format.IsSpecific(adapter)) Consider(format, output.Fault >= 0 ? output.Fault : sign);
        }
        var expected = best?.Format.Expected ?? (candidates.Count == 1 ? candidates[0].Expected : "the output of a harness that docs/adapters lists, or Bencher Metric Format");
        if (best is not { } found) return new(adapter, null, null, expected, trouble);
        var text = new Output(utf8, options).Text;
        var (number, line) = LineAt(text, found.At);
        return new(adapter, number, line, expected, trouble);

        void Consider(Format format, int at)
        {
            if (best is null || at < best.Value.At) best = (format, at);
        }
    }

    private static (int Number, string Text) LineAt(ReadOnlySpan<byte> text, int at)
    {
        at = Math.Min(at, text.Length);
        var start = text[..at].LastIndexOf((byte)'\n') + 1;
        var line = text[start..];
        if (line.IndexOf((byte)'\n') is >= 0 and var end) line = line[..end];
        var shown = Encoding.UTF8.GetString(Terminal.Plain(line[..Math.Min(line.Length, TextMax)])).Trim();
        return (text[..start].Count((byte)'\n') + 1, shown);
    }
}
