using System.Globalization;
using System.Text;
using Paddock.Core.Adapters;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Import;

/// <summary>The meaning of a column of the table.</summary>
public enum CsvColumn
{
    Benchmark,
    Value,
    Measure,
    Unit,
    Lower,
    Upper,
    Time,
    Hash,
    Branch,
    Testbed,
}

/// <summary>Options for reading a table.</summary>
/// <param name="Columns">The headings of those columns that do not use their default heading.</param>
/// <param name="Separator">Detected from the first line when null.</param>
public sealed record CsvOptions(
    ImportPlace Place,
    IReadOnlyDictionary<CsvColumn, string> Columns,
    string Measure,
    string? Unit,
    char? Separator
);

/// <summary>
/// Reads a table with a heading line and one value a row. Rows with the same time, commit, branch and testbed form one
/// report.
/// </summary>
public sealed class CsvHistory
{
    private static readonly CsvColumn[] Needed = [CsvColumn.Benchmark, CsvColumn.Value, CsvColumn.Time];

    private readonly ImportedHistory history = new();
    private readonly Dictionary<RunKey, Results> runs = [];
    private readonly Dictionary<CsvColumn, int> places;
    private readonly CsvOptions options;

    private readonly record struct RunKey(
        NameId<BranchName> Branch,
        NameId<ResourceName> Testbed,
        GitHash? Hash,
        DateTimeOffset Time
    );

    private CsvHistory(CsvOptions options, Dictionary<CsvColumn, int> places) =>
        (this.options, this.places) = (options, places);

    /// <exception cref="ImportException">A column is missing.</exception>
    public static ImportedHistory Read(string text, CsvOptions options)
    {
        var firstLine = text.AsSpan(0, text.AsSpan().IndexOfAny('\n', '\r') is >= 0 and var end ? end : text.Length);
        var separator = options.Separator ?? MostFrequent(firstLine);
        using var rows = Rows(text, separator).GetEnumerator();
        if (!rows.MoveNext())
            throw new ImportException("the table is empty; allowed: a heading line and one value per row");
        var reader = new CsvHistory(options, Places(rows.Current.Cells, options));
        while (rows.MoveNext())
            reader.ReadRow(rows.Current.Line, rows.Current.Cells);
        foreach (var (key, results) in reader.runs)
        {
            results.Settle();
            reader.history.Add("csv", new(key.Branch, key.Testbed), key.Hash, key.Time, Adapter.Json, results);
        }
        return reader.history;
    }

    private static char MostFrequent(ReadOnlySpan<char> line)
    {
        var best = ',';
        foreach (var candidate in ";\t")
            if (line.Count(candidate) > line.Count(best))
                best = candidate;
        return best;
    }

    private static Dictionary<CsvColumn, int> Places(List<string> headings, CsvOptions options)
    {
        var places = new Dictionary<CsvColumn, int>();
        foreach (var column in Enum.GetValues<CsvColumn>())
        {
            var isMapped = options.Columns.TryGetValue(column, out var heading);
            var at = headings.FindIndex(one =>
                one.Trim().Equals(heading ?? column.ToString(), StringComparison.OrdinalIgnoreCase)
            );
            if (at >= 0)
                places[column] = at;
            else if (isMapped || Needed.Contains(column))
                throw new ImportException(
                    $"there is no column {Text.Quote(heading ?? column.ToString().ToLowerInvariant())} for the "
                        + $"{column.ToString().ToLowerInvariant()}; "
                        + $"the table has {string.Join(", ", headings.Select(Text.Quote))}"
                );
        }
        return places;
    }

    private void ReadRow(int line, List<string> cells)
    {
        if (cells is [""] or [])
            return;
        var where = string.Create(CultureInfo.InvariantCulture, $"line {line}");
        string? Cell(CsvColumn column) =>
            places.TryGetValue(column, out var at) && at < cells.Count && cells[at].Trim() is { Length: > 0 } text
                ? text
                : null;
        if (Found.Name(Cell(CsvColumn.Benchmark) ?? "") is not { } benchmark)
        {
            history.LeaveOut(where, "its benchmark's name is not valid");
            return;
        }
        if (Number(Cell(CsvColumn.Value)) is not { } value)
        {
            history.LeaveOut(where, "its value is not a number");
            return;
        }
        if (TimeOf(Cell(CsvColumn.Time)) is not { } time)
        {
            history.LeaveOut(where, "its time is neither RFC 3339 nor seconds or milliseconds since 1970");
            return;
        }
        var (branch, testbed) = (options.Place.Branch, options.Place.Testbed);
        if (Cell(CsvColumn.Branch) is { } named && !NameId<BranchName>.TryParse(named, out branch))
        {
            history.LeaveOut(where, "its branch's name is not valid");
            return;
        }
        if (Cell(CsvColumn.Testbed) is { } box && !NameId<ResourceName>.TryParse(box, out testbed))
        {
            history.LeaveOut(where, "its testbed's name is not valid");
            return;
        }
        GitHash? hash = null;
        if (Cell(CsvColumn.Hash) is { } commit && !GitHash.TryParse(commit, out hash))
        {
            history.LeaveOut(where, $"its hash is not {GitHash.Rule}");
            return;
        }
        var key = new RunKey(branch, testbed, hash, time);
        if (!runs.TryGetValue(key, out var results))
            runs.Add(key, results = new());
        var measure = Cell(CsvColumn.Measure) ?? options.Measure;
        if (!ResourceName.TryParse(measure, out _))
        {
            history.LeaveOut(where, "its measure's name is not valid");
            return;
        }
        var metric = new Metric(value, Number(Cell(CsvColumn.Lower)), Number(Cell(CsvColumn.Upper)));
        if (
            measure.Equals(BuiltInMeasure.Latency.Slug.Value, StringComparison.OrdinalIgnoreCase)
            && Lexing.UnitWord(Cell(CsvColumn.Unit) ?? options.Unit ?? "ns") is { } scale
        )
            results.SampleOf(
                results.Benchmark(benchmark),
                BuiltInMeasure.Latency.Slug.Value,
                units: null,
                metric.Times(scale)
            );
        else
            results.SampleOf(results.Benchmark(benchmark), measure, Cell(CsvColumn.Unit) ?? options.Unit, metric);
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? number
            : null;

    // A number is seconds or milliseconds since 1970: seconds have ten digits until the year 2286, milliseconds
    // thirteen.
    private static DateTimeOffset? TimeOf(string? text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number < 253_402_300_800_000
                ? DateTimeOffset.FromUnixTimeMilliseconds(number < 100_000_000_000 ? number * 1000 : number)
                : null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
    }

    /// <summary>
    /// Splits the text into rows as in RFC 4180: quoted cells may hold separators, line ends and doubled quotation
    /// marks.
    /// </summary>
    private static IEnumerable<(int Line, List<string> Cells)> Rows(string text, char separator)
    {
        var (cells, cell, isQuoted, line, began) = (new List<string>(), new StringBuilder(), false, 1, 1);
        for (var i = text.StartsWith('\ufeff') ? 1 : 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n')
                line++;
            if (isQuoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[++i]);
            else if (c == '"' && (isQuoted || cell.Length == 0))
                isQuoted = !isQuoted;
            else if (isQuoted)
                cell.Append(c);
            else if (c == separator)
                End();
            else if (c == '\n')
            {
                End();
                yield return (began, cells);
                (cells, began) = ([], line);
            }
            else if (c != '\r')
                cell.Append(c);
        }
        if (cell.Length > 0 || cells.Count > 0)
        {
            End();
            yield return (began, cells);
        }

        void End()
        {
            cells.Add(cell.ToString());
            cell.Clear();
        }
    }
}
