using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Server.Machines.Jobs;

/// <summary>One text that a job wrote, as a page shows it: plain, and no longer than fits.</summary>
/// <param name="Cut">What is not shown, in words.</param>
/// <param name="IsTruncated">Whether the runner had to cut its end off.</param>
/// <param name="Address">Where all of it is, as it was written.</param>
public sealed record TextView(string Name, string Text, string Size, string? Cut, bool IsTruncated, string Address);

/// <summary>What one iteration wrote.</summary>
public sealed record IterationView(int Number, int ExitCode, string? Duration, IReadOnlyList<TextView> Texts);

/// <summary>What a job wrote.</summary>
/// <param name="IterationsLeft">How many are not shown.</param>
/// <param name="Error">What went wrong, in words.</param>
public sealed record OutputView(IReadOnlyList<IterationView> Iterations, int IterationsLeft, string? Error)
{
    internal const int TextCharsMax = 32 << 10;

    public const string StandardOutput = "stdout";
    public const string StandardError = "stderr";

    /// <summary>Without escape sequences and other control characters; lines end in LF.</summary>
    internal static string Plain(string text)
    {
        var lines = Encoding
            .UTF8.GetString(Terminal.WithoutSequences(Encoding.UTF8.GetBytes(text)))
            .Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace('\r', '\n');
        return string.Concat(lines.Where(c => c is '\n' or '\t' || !char.IsControl(c)));
    }

    /// <summary>The end, where results and errors are, from the beginning of a line where there is one.</summary>
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
