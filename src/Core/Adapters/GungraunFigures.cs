using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>The figures under one name in Gungraun's text form, grouped by tool.</summary>
internal sealed class GungraunFigures
{
    private static readonly (byte[] Title, GungraunTool Tool)[] Headers =
    [
        .. Enum.GetValues<GungraunTool>()
            .Select(tool => (Encoding.UTF8.GetBytes(tool.ToString().ToUpperInvariant()), tool)),
    ];

    private readonly List<(GungraunTool Tool, NameId<ResourceName> Measure, double Value)> figures = [];
    private readonly List<string> unknown = [];

    /// <summary>True when a line begins like a figure, a group header, or a line of baselines.</summary>
    public static bool AreAt(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        if (!line.Blanks() || line.AtEnd)
            return false;
        if (line.Rest[0] == '=')
            return line.Run('=') && line.Byte(' ');
        if (!line.Label(out var label) || !line.Blanks())
            return false;
        return label.SequenceEqual("Baselines"u8) || line.Text("N/A|"u8) || line.Number(out _) && line.Byte('|');
    }

    /// <summary>Reads all groups of figures that follow, and returns the rest of the text.</summary>
    public ReadOnlySpan<byte> ReadGroups(ReadOnlySpan<byte> text)
    {
        // Callgrind, the default tool, prints no header.
        var tool = GungraunTool.Callgrind;
        while (true)
        {
            var group = new FromStart(text);
            tool = Header(ref group) ?? tool;
            var before = group.Rest.Length;
            while (Baselines(ref group) || Figure(ref group, tool)) { }
            if (group.Rest.Length < before)
                text = group.Rest;
            else if (FiguresAfterOthers(group.Rest) is > 0 and var others)
                text = group.Rest[others..];
            else
                return text;
        }
    }

    public void AddTo(Results results, BenchmarkResults benchmark)
    {
        foreach (var label in unknown)
            results.LeaveOut($"{benchmark.Name} {label}", "there is no measure of this name");
        if (figures.Count == 0)
            results.LeaveOut(benchmark.Name.Value, LeftOut.NoFigures);
        GungraunMeasures.AddTo(results, benchmark, figures);
    }

    // The length of foreign lines before the next figures; 0 if another benchmark begins first. The header of an
    // unknown tool also yields 0, because the figures after it are that tool's.
    private static int FiguresAfterOthers(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; )
        {
            var rest = text[at..];
            if (AreAt(rest))
                return at;
            if (GungraunText.StartOfName(rest) > 0)
                return 0;
            var length = rest.IndexOf((byte)'\n');
            if (length < 0)
                return 0;
            at += length + 1;
        }
        return 0;
    }

    private static GungraunTool? Header(ref FromStart group)
    {
        var line = group;
        if (!line.Blanks() || !line.Run('=') || !line.Byte(' '))
            return null;
        foreach (var (title, tool) in Headers)
        {
            if (!line.Text(title))
                continue;
            if (!line.Byte(' ') || !line.Run('=') || !End(ref line))
                return null;
            group = line;
            return tool;
        }
        return null;
    }

    // The line that names the runs to which the figures are compared.
    private static bool Baselines(ref FromStart group)
    {
        var line = group;
        if (!line.Blanks() || !line.Text("Baselines:"u8) || !line.Line())
            return false;
        group = line;
        return true;
    }

    private bool Figure(ref FromStart group, GungraunTool tool)
    {
        var line = group;
        if (!line.Blanks() || !line.Label(out var label) || !line.Blanks())
            return false;
        // A figure that only exists in the baseline is not a result.
        var value = 0.0;
        var isGone = line.Text("N/A|"u8);
        if (!isGone && !(line.Number(out value) && line.Byte('|')))
            return false;
        if (isGone ? !line.Number(out _) || !line.Blanks() || !Nothing(ref line) : !Comparison(ref line))
            return false;
        if (!End(ref line))
            return false;
        if (!GungraunMeasures.TryLabel(tool, label, out var measure))
            unknown.Add(Encoding.UTF8.GetString(label).Trim());
        else if (!isGone)
            figures.Add((tool, measure, value));
        group = line;
        return true;
    }

    // Blanks and the line end, with any empty lines after it, or the end of the text.
    private static bool End(ref FromStart line)
    {
        if (!line.BlanksIfAny() || !line.Run('\n') && !line.AtEnd)
            return false;
        for (var next = line; next.Blanks() && next.Run('\n'); )
            line = next;
        return true;
    }

    private static bool Nothing(ref FromStart line) => line.Byte('(') && line.Run('*') && line.Byte(')');

    // The comparison to the previous run: no baseline, no change, or the change in percent and as a factor.
    private static bool Comparison(ref FromStart line)
    {
        if (line.Text("N/A"u8))
            return line.Blanks() && Nothing(ref line);
        if (!line.Number(out _) || !line.BlanksIfAny() || !line.Byte('('))
            return false;
        if (line.Text("No change)"u8))
            return true;
        return Change(ref line, '%')
            && line.Byte(')')
            && line.Blanks()
            && line.Byte('[')
            && Change(ref line, 'x')
            && line.Byte(']');
    }

    private static bool Change(ref FromStart line, char unit)
    {
        var sign = line.Rest.Length > 0 && line.Rest[0] == '-' ? '-' : '+';
        if (!line.Run(sign))
            return false;
        return line.Text("inf"u8) ? line.Run(sign) : line.Number(out _) && line.Byte(unit);
    }
}
