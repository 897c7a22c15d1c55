using System.Globalization;
using Paddock.Core.Import;

namespace Paddock.Cli.Import;

/// <summary>Shows people what an import would create.</summary>
internal static class ImportSummary
{
    private const int ListedMax = 10;

    public static void Print(ImportedHistory history)
    {
        var runs = history.Runs;
        Output.Note(
            string.Create(CultureInfo.InvariantCulture, $"{runs.Count} reports with {history.Values} values")
                + (
                    runs.Count > 0
                        ? $", from {runs[0].StartTime.UtcDateTime:yyyy-MM-dd} to "
                            + $"{runs[^1].StartTime.UtcDateTime:yyyy-MM-dd}"
                        : ""
                )
                + ":"
        );
        Print("branches", history.Branches);
        Print("testbeds", history.Testbeds);
        Print("benchmarks", history.Benchmarks);
        Print("measures", history.Measures);
        if (history.LeftOutCount == 0)
            return;
        Output.Note(string.Create(CultureInfo.InvariantCulture, $"{history.LeftOutCount} left out:"));
        foreach (var one in history.LeftOut.Take(ListedMax))
            Output.Note($"  {Terminal.Plain(one.What)}: {Terminal.Plain(one.Why)}");
        if (history.LeftOutCount > ListedMax)
            Output.Note("  …");
    }

    private static void Print(string noun, HashSet<string> names)
    {
        var listed = string.Join(", ", names.Order(StringComparer.Ordinal).Take(ListedMax).Select(Terminal.Plain));
        Output.Note(
            string.Create(CultureInfo.InvariantCulture, $"  {names.Count} {noun}: {listed}")
                + (names.Count > ListedMax ? ", …" : "")
        );
    }
}
