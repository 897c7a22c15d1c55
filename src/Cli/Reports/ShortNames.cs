using System.Text;

namespace Paddock.Cli.Reports;

/// <summary>
/// Benchmark names for narrow places. Long names lose their middle, because names differ at their ends.
/// </summary>
internal sealed class ShortNames
{
    private readonly Dictionary<string, string> shown = [];

    /// <param name="names">All names that are shown together: no two of them are shortened to the same text.</param>
    public ShortNames(IEnumerable<string> names, int lengthMax)
    {
        foreach (var same in names.Distinct().GroupBy(name => Middle(name, lengthMax)).ToList())
        foreach (var name in same)
            shown[name] = same.Count() == 1 ? same.Key : name;
    }

    public string Of(string name) => shown.GetValueOrDefault(name, name);

    /// <summary>The text unchanged when it is short enough, otherwise its beginning and end.</summary>
    public static string Middle(string text, int lengthMax)
    {
        if (text.Length <= lengthMax)
            return text;
        var head = (lengthMax - 1 + 1) / 2;
        var tail = lengthMax - 1 - head;
        if (char.IsHighSurrogate(text[head - 1]))
            head--;
        var from = text.Length - tail;
        if (from < text.Length && char.IsLowSurrogate(text[from]))
            from++;
        return $"{text[..head]}…{text[from..]}";
    }

    /// <summary>As many whole characters as fit into the given number of bytes of UTF-8.</summary>
    public static string Cut(string text, int bytesMax)
    {
        var bytes = 0;
        for (var i = 0; i < text.Length; )
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
                rune = Rune.ReplacementChar;
            if ((bytes += rune.Utf8SequenceLength) > bytesMax)
                return text[..i];
            i += rune.Utf16SequenceLength;
        }
        return text;
    }
}
