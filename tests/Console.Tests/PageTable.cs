namespace Paddock.Console.Tests;

/// <summary>
/// The table in docs/console.md: the findings for each page. With PADDOCK_PAGES, the name of a folder, tests record
/// their findings there, and <c>dotnet run dev.cs -- screens</c> makes the table from them.
/// </summary>
internal static class PageTable
{
    private const string Variable = "PADDOCK_PAGES";
    private const string Begin = "<!-- every page -->";
    private const string End = "<!-- /every page -->";

    public static readonly string[] Columns =
    [
        "exists",
        "bytes",
        "ms",
        "keyboard",
        "axe, light",
        "axe, dark",
        "390 pixels",
    ];

    public static void Note(EveryPage page, string column, string cell)
    {
        if (!Columns.Contains(column))
            throw new ArgumentException($"{column} is no column of the table.", nameof(column));
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{page.Name}.{column}"), cell);
    }

    /// <returns>The cells of each row, the page's name first.</returns>
    public static IReadOnlyList<string[]> RowsOf(string docs) =>
        [
            .. docs.Split(Begin)[1]
                .Split(End)[0]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Skip(2) // The headings and the separator line.
                .Select(row => row.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)),
        ];
}
