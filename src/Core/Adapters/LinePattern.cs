using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Describes how to read a team's own output: a regular expression that is tried on each line, with named groups for
/// the parts of a result. Every instance is valid, and no line can keep it busy for long.
/// </summary>
[JsonConverter(typeof(TextConverter<LinePattern>))]
public sealed class LinePattern : IText<LinePattern>
{
    public const int LengthMax = 1000;

    // The maximum product of all counted repetitions: each copy costs memory as soon as the pattern is compiled.
    private const int CopiesMax = 1000;

    private static readonly TimeSpan LineTimeMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(1);
    private static readonly string[] Required = ["benchmark", "value"];
    private static readonly string[] Allowed = [.. Required, "measure", "unit", "lower", "upper"];

    private readonly Regex regex;

    private LinePattern(string text, Regex regex) => (Value, this.regex) = (text, regex);

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "pattern";

    public static string Rule =>
        $"a regular expression of at most {LengthMax} characters with the named groups benchmark and value, and if "
        + $"wanted measure, unit, lower and upper, "
        + $"as in (?<benchmark>\\S+): (?<value>[0-9.]+); without backreferences and lookaround, and with counted "
        + $"repetitions of {CopiesMax} at most";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out LinePattern value)
    {
        value = null;
        if (
            text is not { Length: > 0 and <= LengthMax }
            || text.Contains('\0', StringComparison.Ordinal)
            || Copies(text) > CopiesMax
        )
            return false;
        try
        {
            // The non-backtracking engine: its time is linear in the line's length for any pattern.
            var regex = new Regex(
                text,
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
                LineTimeMax
            );
            var groups = regex.GetGroupNames().Where(group => group != "0").ToList();
            if (Required.Except(groups).Any() || groups.Except(Allowed).Any())
                return false;
            value = new(text, regex);
            return true;
        }
        catch (Exception e)
            when (e is ArgumentException or NotSupportedException or InsufficientExecutionStackException)
        {
            return false;
        }
    }

    /// <summary>
    /// Starts a deadline for trying a pattern. All outputs of a run share one deadline, because there may be many
    /// outputs.
    /// </summary>
    public static Deadline Time() => new(TimeMax, TimeProvider.System);

    /// <summary>The match of the pattern in a line. A named group that did not take part is empty.</summary>
    /// <exception cref="RegexMatchTimeoutException">The line took too long twice.</exception>
    internal Match Match(string line)
    {
        try
        {
            return regex.Match(line);
        }
        catch (RegexMatchTimeoutException)
        {
            // The timeout is wall-clock time. On a busy machine it may have passed before the line was looked at, so
            // try again.
            return regex.Match(line);
        }
    }

    // Multiplies all {n} and {n,m} as if they were nested: an upper bound of the actual number of copies.
    private static long Copies(string text)
    {
        var copies = 1L;
        for (var open = text.IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            if (close < 0)
                break;
            foreach (var bound in text[(open + 1)..close].Split(','))
                if (long.TryParse(bound, out var times) && times > 1)
                    copies =
                        times > CopiesMax
                            ? long.MaxValue / CopiesMax
                            : Math.Min(copies * times, long.MaxValue / CopiesMax);
        }
        return copies;
    }
}
