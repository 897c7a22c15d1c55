using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Wire;

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
public sealed record OutputView(IReadOnlyList<IterationView> Iterations, int IterationsLeft)
{
    private const int IterationsMax = 20;
    private const int TextCharsMax = 32 << 10;
    private const int AllCharsMax = 256 << 10;

    public const string StandardOutput = "stdout";
    public const string StandardError = "stderr";

    /// <param name="path">Of the job.</param>
    internal static OutputView Of(JobOutput output, string path)
    {
        var left = AllCharsMax;
        var iterations = output.Results.Take(IterationsMax).Select((result, number) => new IterationView(
            number, result.ExitCode, result.Duration is { } seconds ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seconds:0.###} s") : null,
            [.. Texts(result).Select(text => View(text.Name, text.File, text.Text, result.Truncated, number))])).ToList();
        return new(iterations, output.Results.Count - iterations.Count);

        TextView View(string name, string? file, string text, IReadOnlyList<string>? truncated, int number)
        {
            var plain = Plain(text);
            var shown = End(plain, Math.Min(TextCharsMax, left));
            left -= shown.Length;
            var cut = shown.Length == plain.Length ? null : shown.Length == 0 ? "Not shown here, as there is much of it." : $"The last {shown.Length:N0} of {plain.Length:N0} characters.";
            return new(name, shown, Size(text), cut, truncated?.Contains(file ?? name) is true, Address(path, number, name, file));
        }
    }

    /// <summary>The text that an address names, as it was written; null where there is none.</summary>
    internal static string? Find(JobOutput output, uint iteration, string part, string? file) => iteration >= output.Results.Count ? null : part switch
    {
        StandardOutput => output.Results[(int)iteration].Stdout,
        StandardError => output.Results[(int)iteration].Stderr,
        "file" when file is not null => output.Results[(int)iteration].Output?.GetValueOrDefault(file),
        _ => null,
    };

    /// <summary>Without escape sequences and other control characters; lines end in LF.</summary>
    internal static string Plain(string text)
    {
        var lines = Encoding.UTF8.GetString(Terminal.WithoutSequences(Encoding.UTF8.GetBytes(text))).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return string.Concat(lines.Where(c => c is '\n' or '\t' || !char.IsControl(c)));
    }

    /// <summary>The end, where results and errors are, from the beginning of a line where there is one.</summary>
    internal static string End(string text, int max)
    {
        if (text.Length <= max) return text;
        if (max <= 0) return "";
        var start = text.Length - max;
        var line = text.IndexOf('\n', start - 1);
        if (line >= 0 && line < text.Length - 1) start = line + 1;
        else if (char.IsLowSurrogate(text[start])) start++;
        return text[start..];
    }

    private static IEnumerable<(string Name, string? File, string Text)> Texts(IterationOutput result)
    {
        if (result.Stdout is { Length: > 0 } output) yield return (StandardOutput, null, output);
        if (result.Stderr is { Length: > 0 } error) yield return (StandardError, null, error);
        foreach (var (file, text) in result.Output ?? new Dictionary<string, string>()) yield return (file, file, text);
    }

    private static string Address(string path, int number, string name, string? file)
    {
        List<KeyValuePair<string, string?>> query = [new("iteration", number.ToString(System.Globalization.CultureInfo.InvariantCulture)), new("part", file is null ? name : "file")];
        if (file is not null) query.Add(new("file", file));
        return QueryHelpers.AddQueryString(path + "/output", query);
    }

    private static string Size(string text) => Encoding.UTF8.GetByteCount(text) switch
    {
        < 1000 and var bytes => $"{bytes} B",
        < 1_000_000 and var bytes => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} KB"),
        var bytes => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
    };
}
