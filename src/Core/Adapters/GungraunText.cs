using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>The text form of Gungraun: a path, then a line for each figure, in groups where several tools ran.</summary>
internal static class GungraunText
{
    // A name may go on over several lines; figures are indented.
    private static ReadOnlySpan<byte> NameEnd => "\n  "u8;

    private static readonly (byte[] Title, GungraunTool Tool)[] Headers =
        [.. Enum.GetValues<GungraunTool>().Select(tool => (Encoding.UTF8.GetBytes(tool.ToString().ToUpperInvariant()), tool))];

    /// <param name="plain">Without escape sequences and carriage returns.</param>
    public static Results? Read(ReadOnlySpan<byte> plain)
    {
        if (plain.IndexOf("::"u8) < 0) return null;
        var results = new Results();
        var name = new NameSpan(0, 0);
        for (var at = 0; at < plain.Length;)
        {
            var rest = StartOfName(plain[at..]);
            if (rest > 0)
            {
                // Looked for again only when passed: an output full of paths stays linear.
                if (name.LineEnd < at + rest) name = NameFrom(plain, at + rest);
                if (name.LineEnd < plain.Length && name.LineEnd > at + rest && BenchmarkAt(plain, at, name.End, results) is { } benchmark)
                {
                    at = plain.Length - Groups(plain[(name.LineEnd + 1)..], benchmark).Length;
                    continue;
                }
            }
            var line = plain[at..].IndexOf((byte)'\n');
            if (line < 0) break;
            at += line + 1;
        }
        return results.OrNull();
    }

    // Where a name's last line ends, and where the name itself does, without the blanks after it.
    private readonly record struct NameSpan(int LineEnd, int End);

    private static NameSpan NameFrom(ReadOnlySpan<byte> plain, int at)
    {
        var length = plain[at..].IndexOf(NameEnd);
        var end = length < 0 ? plain.Length : at + length;
        return new(end, plain[..end].TrimEnd(" \n"u8).Length);
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
    private static ReadOnlySpan<byte> Groups(ReadOnlySpan<byte> text, BenchmarkResults benchmark)
    {
        while (true)
        {
            var group = new FromStart(text);
            // Callgrind, the usual tool, needs no header.
            var tool = Header(ref group) ?? GungraunTool.Callgrind;
            var before = group.Rest.Length;
            while (Figure(ref group, tool, benchmark)) { }
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

    private static bool Figure(ref FromStart group, GungraunTool tool, BenchmarkResults benchmark)
    {
        var line = group;
        if (!line.Blanks() || !line.Label(out var label) || !line.Blanks() || !line.Number(out var value) || !line.Byte('|')) return false;
        if (!Comparison(ref line) || !line.Run('\n')) return false;
        if (GungraunMeasures.TryLabel(tool, label, out var measure)) benchmark.Set(measure, new(value));
        group = line;
        return true;
    }

    // With the run before: nothing to compare with, no change, or by how much and what factor.
    private static bool Comparison(ref FromStart line)
    {
        if (line.Text("N/A"u8)) return line.Blanks() && line.Byte('(') && line.Run('*') && line.Byte(')');
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
