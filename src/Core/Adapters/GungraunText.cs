using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads Gungraun's text form: a path, then a line for each figure, grouped by tool if several tools ran.
/// </summary>
internal static class GungraunText
{
    // A name may span several lines, but figures are indented.
    private static ReadOnlySpan<byte> NameEnd => "\n  "u8;

    private static ReadOnlySpan<byte> PrintedEnd => "- end of stdout"u8;

    /// <param name="plain">The output without escape sequences and carriage returns.</param>
    public static Results? Read(ReadOnlySpan<byte> plain, Results results)
    {
        if (plain.IndexOf("::"u8) < 0)
            return null;
        // Output of the benchmarks themselves only appears when Gungraun was told not to capture it.
        var mayPrint = plain.IndexOf(PrintedEnd) >= 0;
        var name = new NameSpan(0, 0);
        for (var at = 0; at < plain.Length; )
        {
            var rest = StartOfName(plain[at..]);
            if (rest > 0)
            {
                // Searched again only once the last name was passed, so that an output full of paths stays linear.
                if (name.LineEnd < at + rest)
                    name = (mayPrint ? NameBeforePrinted(plain, at + rest) : null) ?? NameFrom(plain, at + rest);
                if (
                    name.End > at + rest
                    && name.LineEnd < plain.Length
                    && BenchmarkAt(plain, at, name.End, results) is { } benchmark
                )
                {
                    var figures = new GungraunFigures();
                    at = plain.Length - figures.ReadGroups(plain[(name.LineEnd + 1)..]).Length;
                    figures.AddTo(results, benchmark);
                    continue;
                }
            }
            var line = plain[at..].IndexOf((byte)'\n');
            if (line < 0)
                break;
            at += line + 1;
        }
        return results.OrNull();
    }

    // The end of the line before the figures, and the end of the name without the blanks after it; -1 if no figures
    // follow.
    private readonly record struct NameSpan(int LineEnd, int End);

    // A name with an argument extends to the figures, as the argument may span several lines. Any other name is one
    // line.
    private static NameSpan NameFrom(ReadOnlySpan<byte> plain, int at)
    {
        var line = plain[at..].IndexOf((byte)'\n');
        var first = plain[at..(line < 0 ? plain.Length : at + line)].TrimEnd((byte)' ');
        if (line >= 0 && first.IndexOf((byte)' ') < 0)
            return NameOfOneLine(plain, at + first.Length, at + line);
        var length = plain[at..].IndexOf(NameEnd);
        var end = length < 0 ? plain.Length : at + length;
        return new(end, plain[..end].TrimEnd(" \n"u8).Length);
    }

    // Output between the name and its figures is not part of the name.
    private static NameSpan NameOfOneLine(ReadOnlySpan<byte> plain, int end, int lineEnd)
    {
        var indented = -1;
        var line = lineEnd + 1;
        while (line < plain.Length && StartOfName(plain[line..]) == 0)
        {
            if (GungraunFigures.AreAt(plain[line..]))
                return new(line - 1, end);
            if (indented < 0 && plain[line..].StartsWith("  "u8))
                indented = line;
            var length = plain[line..].IndexOf((byte)'\n');
            line = length < 0 ? plain.Length : line + length + 1;
        }
        return indented < 0 ? new(line - 1, -1) : new(indented - 1, end);
    }

    // Handles output of the benchmark, which a marker line separates from the figures. If the marker comes before the
    // next name, the name is one line.
    private static NameSpan? NameBeforePrinted(ReadOnlySpan<byte> plain, int at)
    {
        var nameEnd = -1;
        for (var line = at; line < plain.Length; )
        {
            var length = plain[line..].IndexOf((byte)'\n');
            if (length < 0)
                return null;
            if (nameEnd < 0)
                nameEnd = line + length;
            else if (plain[line] == '-' && plain.Slice(line, length).IndexOf(PrintedEnd) >= 0)
                return new(line + length, plain[..nameEnd].TrimEnd((byte)' ').Length);
            else if (StartOfName(plain[line..]) > 0)
                return null;
            line += length + 1;
        }
        return null;
    }

    private static BenchmarkResults? BenchmarkAt(ReadOnlySpan<byte> plain, int at, int end, Results results)
    {
        if (end - at > BenchmarkName.BytesMax)
            return null;
        return Found.Name(Encoding.UTF8.GetString(plain[at..end]).Trim()) is { } name ? results.Benchmark(name) : null;
    }

    /// <summary>The length of "A::B::" at the start of a text; 0 if the text does not start with it.</summary>
    public static int StartOfName(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        return line.PathPart() && line.Text("::"u8) && line.PathPart() && line.Text("::"u8)
            ? text.Length - line.Rest.Length
            : 0;
    }
}
