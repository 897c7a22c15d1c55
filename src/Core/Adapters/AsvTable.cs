using System.Globalization;
using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the table that asv prints under a benchmark with parameters; each cell is a benchmark. Some parameters are in
/// the rows. The others, if they fit, are over the columns, under a heading of their own.
/// </summary>
internal sealed class AsvTable(string benchmark)
{
    private const int HeadingLinesMax = 8;
    private const int RowsMax = 1_000_000;

    private readonly List<string> heading = [];
    private List<(int Start, int End)>? columns;
    private string[]? headings;
    private int rowParameters;
    private int columnParameters;
    private int rows;

    /// <returns>True while the line belongs to the table.</returns>
    public bool Read(ReadOnlySpan<byte> utf8, Results results)
    {
        var line = Encoding.UTF8.GetString(utf8);
        if (columns is null)
            return Begin(line);
        if (headings is null)
            return ReadHeading(line);
        if (IsRule(line, '=') || line.AsSpan().TrimStart().IsEmpty)
            return false;
        return rows++ < RowsMax && ReadRow(line, results);
    }

    // The first rule gives the positions of the columns, in characters.
    private bool Begin(string line)
    {
        var start = line.IndexOf('=', StringComparison.Ordinal);
        if (start < 0 || !IsRule(line[start..], '='))
            return false;
        columns = [];
        for (var at = start; at >= 0 && at < line.Length; )
        {
            var end = line.AsSpan(at).IndexOf(' ') is >= 0 and var length ? at + length : line.Length;
            columns.Add((at, end));
            at = line.AsSpan(end).IndexOf('=') is >= 0 and var gap ? end + gap : -1;
        }
        return true;
    }

    private bool ReadHeading(string line)
    {
        var spans = heading.Count > 0 && heading[0].AsSpan().TrimStart().StartsWith("-- ", StringComparison.Ordinal);
        if (!IsRule(line, '=') && !(IsRule(line, '-') && !(spans && heading.Count == 1)))
        {
            heading.Add(line);
            return heading.Count <= HeadingLinesMax;
        }
        if (heading.Count == 0)
            return false;
        headings = [.. columns!.Select(column => Cell(heading[^1], column))];
        rowParameters = columns!.Count - 1;
        if (!spans)
            return rowParameters > 0;
        if (heading.Count < 3)
            return false;
        // The rule under the spanning heading has a gap where the rows' parameters end.
        var rule = heading[1];
        var gap = rule.IndexOf(' ', rule.Length - rule.AsSpan().TrimStart().Length);
        rowParameters = gap < 0 ? 0 : columns.Count(column => column.Start < gap);
        columnParameters = heading[0].AsSpan().Trim().TrimStart('-').Count(" / ") + 1;
        return rowParameters < columns.Count;
    }

    private bool ReadRow(string line, Results results)
    {
        var rowValues = columns!.Take(rowParameters).Select(column => Literal(Cell(line, column))).ToList();
        for (var i = rowParameters; i < columns!.Count; i++)
        {
            var cell = Cell(line, columns[i]);
            if (cell.Length == 0)
                continue;
            List<string> values = [.. rowValues, .. OverColumn(i)];
            var name = $"{benchmark}({string.Join(", ", values)})";
            AsvValue.AddTo(results, Found.Name(name), Encoding.UTF8.GetBytes(cell));
        }
        return true;
    }

    private IEnumerable<string> OverColumn(int column)
    {
        if (columnParameters == 0)
            return [];
        var parts = headings![column].Split(" / ");
        return parts.Length == columnParameters ? parts.Select(Literal) : [Literal(headings[column])];
    }

    private static string Cell(string line, (int Start, int End) column) =>
        column.Start >= line.Length ? "" : line[column.Start..Math.Min(column.End, line.Length)].Trim();

    // asv strips the quotation marks from strings in tables, but keeps them in the names of benchmarks.
    private static string Literal(string shown)
    {
        if (
            shown.Length == 0
            || "'\"([{<".Contains(shown[0], StringComparison.Ordinal)
            || shown is "True" or "False" or "None"
        )
            return shown;
        if (double.TryParse(shown, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return shown;
        return shown.Contains('\'', StringComparison.Ordinal) ? $"\"{shown}\"" : $"'{shown}'";
    }

    private static bool IsRule(string line, char of)
    {
        var bare = line.AsSpan().Trim();
        return bare.Length > 0 && bare.IndexOfAnyExcept(of, ' ') < 0;
    }
}
