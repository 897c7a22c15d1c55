using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Server.Machines.Jobs;

/// <summary>One text of a job's output as a page shows it: plain, and limited in length.</summary>
/// <param name="Cut">A sentence about the part that is not shown; null when all is shown.</param>
/// <param name="IsTruncated">True when the runner had to truncate the text.</param>
/// <param name="Address">The address of the full, unmodified text.</param>
public sealed record TextView(string Name, string Text, string Size, string? Cut, bool IsTruncated, string Address);

/// <summary>The output of one iteration.</summary>
public sealed record IterationView(int Number, int ExitCode, string? Duration, IReadOnlyList<TextView> Texts);

/// <summary>The output of a job.</summary>
/// <param name="IterationsLeft">The number of iterations that are not shown.</param>
/// <param name="Error">The error message.</param>
/// <param name="TextsLeft">The number of texts of the shown iterations that are not shown.</param>
public sealed record OutputView(
    IReadOnlyList<IterationView> Iterations,
    int IterationsLeft,
    string? Error,
    int TextsLeft = 0
)
{
    internal const int TextCharsMax = 32 << 10;

    public const string StandardOutput = "stdout";
    public const string StandardError = "stderr";

    /// <summary>Removes escape sequences and other control characters, and makes lines end in LF.</summary>
    internal static string Plain(string text)
    {
        var lines = Encoding
            .UTF8.GetString(Terminal.WithoutSequences(Encoding.UTF8.GetBytes(text)))
            .Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace('\r', '\n');
        return string.Concat(lines.Where(c => c is '\n' or '\t' || !char.IsControl(c)));
    }

    /// <summary>
    /// Takes the end of a text, since results and errors are there, starting at the beginning of a line if possible.
    /// </summary>
    internal static string End(string text, int max)
    {
        if (text.Length <= max)
            return text;
        if (max <= 0)
            return "";
        var start = text.Length - max;
        var line = text.IndexOf('\n', start - 1);
        if (line >= 0 && line < text.Length - 1)
            start = line + 1;
        else if (char.IsLowSurrogate(text[start]))
            start++;
        return text[start..];
    }

    internal static string Address(string path, int number, string name, string? file)
    {
        List<KeyValuePair<string, string?>> query =
        [
            new("iteration", number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new("part", file is null ? name : "file"),
        ];
        if (file is not null)
            query.Add(new("file", file));
        return QueryHelpers.AddQueryString(path + "/output", query);
    }

    internal static string Size(long bytes) =>
        bytes switch
        {
            < 1000 => $"{bytes} B",
            < 1_000_000 => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} KB"),
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        };
}
