using System.Text;
using Spectre.Console.Rendering;

namespace Paddock.Cli;

/// <summary>
/// The characters that draw a table's lines. Each of the four horizontal lines is four characters (left end, filling,
/// crossing, right end) or absent; an end that is U+0000 is not drawn.
/// </summary>
/// <param name="Sides">The characters left of a row of cells, between two cells, and right of the row.</param>
/// <param name="Escaped">Characters in a cell that would be read as a line of the table; each gets a backslash.</param>
internal sealed record TableStyle(
    string? Top,
    string? UnderHead,
    string? Between,
    string? Bottom,
    string Sides,
    int Padding = 1,
    string? Escaped = null
)
{
    public const string Default = "ascii";

    /// <summary>All styles, by the names under which users ask for them.</summary>
    public static readonly IReadOnlyDictionary<string, TableStyle> All = new Dictionary<string, TableStyle>
    {
        ["empty"] = new(null, null, null, null, "\0 \0", Padding: 0),
        ["blank"] = new(null, null, null, null, "\0 \0"),
        ["ascii"] = new("+-++", "+-++", "+-++", "+-++", "|||"),
        ["ascii_rounded"] = new(".--.", null, null, "'--'", "|||"),
        ["modern"] = new("┌─┬┐", "├─┼┤", "├─┼┤", "└─┴┘", "│││"),
        ["sharp"] = new("┌─┬┐", "├─┼┤", null, "└─┴┘", "│││"),
        ["rounded"] = new("╭─┬╮", "├─┼┤", null, "╰─┴╯", "│││"),
        ["psql"] = new(null, "\0-+\0", null, null, "\0|\0"),
        ["markdown"] = new(null, "|-||", null, null, "|||", Escaped: "|"),
        ["re_structured_text"] = new("\0= \0", "\0= \0", null, "\0= \0", "\0 \0"),
        ["extended"] = new("╔═╦╗", "╠═╬╣", "╠═╬╣", "╚═╩╝", "║║║"),
        ["dots"] = new("....", ":.::", null, ":.::", ":::"),
    };

    /// <summary>The whole table as text, without a line break at its end.</summary>
    public string Draw(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var cells = rows.Prepend(columns).Select(row => row.Select(Cell).ToArray()).ToList();
        var widths = Enumerable.Range(0, columns.Count).Select(i => cells.Max(row => Width(row[i]))).ToArray();
        var lines = new List<string>();
        Rule(Top);
        for (var i = 0; i < cells.Count; i++)
        {
            if (i > 0)
                Rule(i == 1 ? UnderHead : Between);
            lines.Add(
                Line(
                    Sides[0],
                    Sides[1],
                    Sides[2],
                    cells[i].Select((cell, at) => Pad(cell + new string(' ', widths[at] - Width(cell)), ' '))
                )
            );
        }
        if (cells.Count == 1)
            Rule(UnderHead == Bottom ? null : UnderHead);
        Rule(Bottom);
        return string.Join('\n', lines);

        void Rule(string? line)
        {
            if (line is not null)
                lines.Add(Line(line[0], line[2], line[3], widths.Select(width => Pad(new(line[1], width), line[1]))));
        }

        string Cell(string text) =>
            Escaped is null
                ? Printable(text)
                : Printable(text).Replace(Escaped, $@"\{Escaped}", StringComparison.Ordinal);

        string Pad(string text, char with) => new string(with, Padding) + text + new string(with, Padding);
    }

    private static string Line(char left, char between, char right, IEnumerable<string> cells)
    {
        var line = new StringBuilder().AppendJoin(between, cells);
        if (left != '\0')
            line.Insert(0, left);
        if (right != '\0')
            line.Append(right);
        return line.ToString();
    }

    // A name may hold anything, including control characters that a terminal obeys.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;

    private static int Width(string text) => new Segment(text).CellCount();
}
