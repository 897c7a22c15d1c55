using System.Text.Json;
using System.Text.RegularExpressions;

namespace Paddock.Server.Ground.Http;

/// <summary>Translates the JSON reader's exceptions for people who know the API but not Paddock's types.</summary>
internal static partial class JsonProblem
{
    public static string Describe(JsonException e)
    {
        var field =
            e.Path is null or "$" ? "the body"
            : e.Path.StartsWith("$.", StringComparison.Ordinal) ? e.Path[2..]
            : e.Path;
        var message = e.Message;
        if (Missing.Match(message) is { Success: true } missing)
            return $"{field}: missing required {missing.Groups[1].Value.Replace("'", "\"", StringComparison.Ordinal)}";
        if (Unmapped.Match(message) is { Success: true } unmapped)
            return $"{field}: unknown field \"{unmapped.Groups[1].Value}\"";
        if (Duplicate.Match(message) is { Success: true } duplicate)
            return $"{field}: the field \"{duplicate.Groups[1].Value}\" is given twice";
        if (Converted.IsMatch(message))
            return $"{field}: the value has the wrong type or is out of range";
        if (message.Contains("null", StringComparison.Ordinal) && message.Contains("Paddock", StringComparison.Ordinal))
            return $"{field}: must not be null";
        var place = e.LineNumber is { } line && e.InnerException is not null ? $" (line {line + 1})" : "";
        return $"{field}: {Position.Replace(message, "").TrimEnd('.', ' ')}{place}";
    }

    [GeneratedRegex(@"missing required properties including: (.+?)\.( Path|$)")]
    private static partial Regex Missing { get; }

    [GeneratedRegex(@"The JSON property '(.+?)' could not be mapped")]
    private static partial Regex Unmapped { get; }

    [GeneratedRegex(@"Duplicate property '(.+?)'")]
    private static partial Regex Duplicate { get; }

    [GeneratedRegex(@"could not be converted to")]
    private static partial Regex Converted { get; }

    [GeneratedRegex(@" ?(Path: .*)?\|? ?LineNumber: \d+ \| BytePositionInLine: \d+\.?")]
    private static partial Regex Position { get; }
}
