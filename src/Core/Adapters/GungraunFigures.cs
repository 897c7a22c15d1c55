using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// The figures under one name in the text form of Gungraun, in groups by the tools that they come from.
/// </summary>
internal sealed class GungraunFigures
{
    private static readonly (byte[] Title, GungraunTool Tool)[] Headers =
    [
        .. Enum.GetValues<GungraunTool>()
            .Select(tool => (Encoding.UTF8.GetBytes(tool.ToString().ToUpperInvariant()), tool)),
    ];

    private readonly List<(GungraunTool Tool, NameId<ResourceName> Measure, double Value)> figures = [];
    private readonly List<string> unknown = [];

    /// <summary>
    /// Whether a line begins like a figure, the header of a group, or what figures are compared with.
    /// </summary>
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

    /// <summary>Takes all groups of figures that follow, and answers what is left.</summary>
    public ReadOnlySpan<byte> ReadGroups(ReadOnlySpan<byte> text)
    {
        // Callgrind, the usual tool, needs no header.
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

    // The length of the lines before the next figures, where no other benchmark begins and those lines are not
    // Gungraun's: after a tool that is not known, the figures are its own.
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

    // With which runs the figures are compared.
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
        // What was there only before is no result.
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

    // Blanks and the line end, empty lines after it, or the end of the text.
    private static bool End(ref FromStart line)
    {
        if (!line.BlanksIfAny() || !line.Run('\n') && !line.AtEnd)
            return false;
        for (var next = line; next.Blanks() && next.Run('\n'); )
            line = next;
        return true;
    }

    private static bool Nothing(ref FromStart line) => line.Byte('(') && line.Run('*') && line.Byte(')');

    // With the run before: nothing to compare with, no change, or by how much and what factor.
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
