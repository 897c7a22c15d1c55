using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>The text form of Gungraun: a path, then a line for each figure, in groups where several tools ran.</summary>
internal static class GungraunText
{
    // A name may go on over several lines; figures are indented.
    private static ReadOnlySpan<byte> NameEnd => "\n  "u8;

    private static ReadOnlySpan<byte> PrintedEnd => "- end of stdout"u8;

    private static readonly (byte[] Title, GungraunTool Tool)[] Headers =
        [.. Enum.GetValues<GungraunTool>().Select(tool => (Encoding.UTF8.GetBytes(tool.ToString().ToUpperInvariant()), tool))];

    /// <param name="plain">Without escape sequences and carriage returns.</param>
    public static Results? Read(ReadOnlySpan<byte> plain, Results results)
    {
        if (plain.IndexOf("::"u8) < 0) return null;
        // What benchmarks print themselves is there only when Gungraun was told not to capture it.
        var mayPrint = plain.IndexOf(PrintedEnd) >= 0;
        var name = new NameSpan(0, 0);
        for (var at = 0; at < plain.Length;)
        {
            var rest = StartOfName(plain[at..]);
            if (rest > 0)
            {
                // Looked for again only when passed: an output full of paths stays linear.
                if (name.LineEnd < at + rest) name = (mayPrint ? NameBeforePrinted(plain, at + rest) : null) ?? NameFrom(plain, at + rest);
                if (name.LineEnd < plain.Length && name.LineEnd > at + rest && BenchmarkAt(plain, at, name.End, results) is { } benchmark)
                {
                    List<(GungraunTool, NameId<ResourceName>, double)> figures = [];
                    at = plain.Length - Groups(plain[(name.LineEnd + 1)..], figures).Length;
                    GungraunMeasures.AddTo(results, benchmark, figures);
                    continue;
                }
            }
            var line = plain[at..].IndexOf((byte)'\n');
            if (line < 0) break;
            at += line + 1;
        }
        return results.OrNull();
    }

    // Where the line before the figures ends, and where the name does, without the blanks after it.
    private readonly record struct NameSpan(int LineEnd, int End);

    private static NameSpan NameFrom(ReadOnlySpan<byte> plain, int at)
    {
        var length = plain[at..].IndexOf(NameEnd);
        var end = length < 0 ? plain.Length : at + length;
        return new(end, plain[..end].TrimEnd(" \n"u8).Length);
    }

    // The name is one line where a mark on a line of its own, before the next name, parts what the benchmark printed from the figures.
    private static NameSpan? NameBeforePrinted(ReadOnlySpan<byte> plain, int at)
    {
        var nameEnd = -1;
        for (var line = at; line < plain.Length;)
        {
            var length = plain[line..].IndexOf((byte)'\n');
            if (length < 0) return null;
            if (nameEnd < 0) nameEnd = line + length;
            else if (plain[line] == '-' && plain.Slice(line, length).IndexOf(PrintedEnd) >= 0) return new(line + length, plain[..nameEnd].TrimEnd((byte)' ').Length);
            else if (StartOfName(plain[line..]) > 0) return null;
            line += length + 1;
        }
        return null;
    }

    private static BenchmarkResults? BenchmarkAt(ReadOnlySpan<byte> plain, int at, int end, Results results)
    {
        if (end - at > BenchmarkName.BytesMax) return null;
        return Found.Name(Encoding.UTF8.GetString(plain[at..end]).Trim()) is { } name ? results.Benchmark(name) : null;
    }

    /// <summary>The length of "A::B::" at the start of a text; 0 where it is not there.</summary>
    private static int StartOfName(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        return line.PathPart() && line.Text("::"u8) && line.PathPart() && line.Text("::"u8) ? text.Length - line.Rest.Length : 0;
    }

    /// <summary>Takes all groups of figures that follow, and answers what is left.</summary>
    private static ReadOnlySpan<byte> Groups(ReadOnlySpan<byte> text, List<(GungraunTool, NameId<ResourceName>, double)> figures)
    {
        while (true)
        {
            var group = new FromStart(text);
            // Callgrind, the usual tool, needs no header.
            var tool = Header(ref group) ?? GungraunTool.Callgrind;
            var before = group.Rest.Length;
            while (Baselines(ref group) || Figure(ref group, tool, figures)) { }
            if (group.Rest.Length == before) return text;
            text = group.Rest;
        }
    }

    private static GungraunTool? Header(ref FromStart group)
    {
        var line = group;
        if (!line.Blanks() || !line.Run('=') || !line.Byte(' ')) return null;
        foreach (var (title, tool) in Headers)
        {
            if (!line.Text(title)) continue;
            if (!line.Byte(' ') || !line.Run('=') || !line.Byte('\n')) return null;
            group = line;
            return tool;
        }
        return null;
    }

    // With which runs the figures are compared.
    private static bool Baselines(ref FromStart group)
    {
        var line = group;
        if (!line.Blanks() || !line.Text("Baselines:"u8) || !line.Line()) return false;
        group = line;
        return true;
    }

    private static bool Figure(ref FromStart group, GungraunTool tool, List<(GungraunTool, NameId<ResourceName>, double)> figures)
    {
        var line = group;
        if (!line.Blanks() || !line.Label(out var label) || !line.Blanks()) return false;
        // What was there only before is no result.
        var value = 0.0;
        var isGone = line.Text("N/A|"u8);
        if (!isGone && !(line.Number(out value) && line.Byte('|'))) return false;
        if (isGone ? !line.Number(out _) || !line.Blanks() || !Nothing(ref line) : !Comparison(ref line)) return false;
        if (!line.Run('\n')) return false;
        if (!isGone && GungraunMeasures.TryLabel(tool, label, out var measure)) figures.Add((tool, measure, value));
        group = line;
        return true;
    }

    private static bool Nothing(ref FromStart line) => line.Byte('(') && line.Run('*') && line.Byte(')');

    // With the run before: nothing to compare with, no change, or by how much and what factor.
    private static bool Comparison(ref FromStart line)
    {
        if (line.Text("N/A"u8)) return line.Blanks() && Nothing(ref line);
        if (!line.Number(out _) || !line.BlanksIfAny() || !line.Byte('(')) return false;
        if (line.Text("No change)"u8)) return true;
        return Change(ref line, '%') && line.Byte(')') && line.Blanks() && line.Byte('[') && Change(ref line, 'x') && line.Byte(']');
    }

    private static bool Change(ref FromStart line, char unit)
    {
        var sign = line.Rest.Length > 0 && line.Rest[0] == '-' ? '-' : '+';
        if (!line.Run(sign)) return false;
        return line.Text("inf"u8) ? line.Run(sign) : line.Number(out _) && line.Byte(unit);
    }
}
