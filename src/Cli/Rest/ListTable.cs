using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Paddock.Cli.Rest;

/// <summary>How a list is shown.</summary>
internal enum ListFormat
{
    Json,
    Table,
}

/// <summary>A list for people: one row per item, with the columns that carry information.</summary>
internal static class ListTable
{
    private const int ColumnsMax = 9;

    // Columns that people look for first; the others follow in the server's order.
    private static readonly string[] First = ["name", "title", "status", "state", "slug", "domain", "email"];

    // Columns that are the same in every row, or mean nothing to people.
    private static readonly string[] LeftOut =
    [
        "organization",
        "project",
        "user",
        "modified",
        "license",
        "rank",
        "token",
    ];

    /// <summary>The requested format; by default a table on a terminal and JSON for programs.</summary>
    public static ListFormat FormatOf(string? asked) =>
        asked switch
        {
            "json" => ListFormat.Json,
            "table" => ListFormat.Table,
            _ => Terminal.IsOut ? ListFormat.Table : ListFormat.Json,
        };

    /// <exception cref="Failure">The answer is not a list.</exception>
    public static void Print(byte[] answer)
    {
        using var document = JsonDocument.Parse(answer, Answer.Deep);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw new Failure("The server's answer is not a list. To see it unchanged, give --format json.");
        var rows = document.RootElement.EnumerateArray().Where(row => row.ValueKind == JsonValueKind.Object).ToList();
        if (rows.Count == 0)
        {
            Output.Line("No entries.");
            return;
        }
        var columns = ColumnsOf(rows);
        var table = Terminal.Table();
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(Heading(column))));
        foreach (var row in rows)
            table.AddRow(columns.Select(column => new Text(Terminal.Plain(Cell(row, column)))));
        Terminal.Open().Write(table);
    }

    private static List<string> ColumnsOf(List<JsonElement> rows)
    {
        var names = rows.SelectMany(row => row.EnumerateObject())
            .Where(property => IsShown(property.Value) && !LeftOut.Contains(property.Name))
            .Select(property => property.Name)
            .Distinct()
            .ToList();
        // The UUID is long, so it comes last, where a line that is too narrow breaks.
        return
        [
            .. names
                .Where(name => name != "uuid")
                .OrderBy(name => Array.IndexOf(First, name) is var at and >= 0 ? at : First.Length)
                .Take(ColumnsMax - 1),
            .. names.Where(name => name == "uuid"),
        ];
    }

    private static bool IsShown(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
        || NameOf(value) is not null;

    private static string Cell(JsonElement row, string column) =>
        !row.TryGetProperty(column, out var value)
            ? ""
            : value.ValueKind switch
            {
                JsonValueKind.String => Short(value.GetString()!),
                JsonValueKind.Number => value.GetRawText(),
                JsonValueKind.True => "yes",
                JsonValueKind.False => "no",
                _ => NameOf(value) ?? "",
            };

    // A nested branch, testbed, benchmark or measure is shown by its name.
    private static string? NameOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("name", out var name)
        && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;

    private static string Short(string text) =>
        text.Length is > 10 and < 40
        && text[10] == 'T'
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : text;

    private static string Heading(string name) => char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');
}
