namespace Paddock.Core.Analysis;

/// <summary>The direction in which a measure gets better.</summary>
public enum Direction
{
    /// <summary>The better direction is unknown; any alert is bad news.</summary>
    Unknown,
    LowerIsBetter,
    HigherIsBetter,
}

/// <summary>
/// Derives the directions of measures from their units: those of the built-in measures and of harness outputs.
/// </summary>
public static class Directions
{
    // Looked up by the first word of the units, and by the symbol.
    private static readonly HashSet<string> Costs = new(StringComparer.OrdinalIgnoreCase)
    {
        "ps",
        "ns",
        "us",
        "µs",
        "μs",
        "ms",
        "s",
        "sec",
        "secs",
        "m",
        "min",
        "h",
        "msec/usec/nsec",
        "nsec",
        "usec",
        "msec",
        "picoseconds",
        "nanoseconds",
        "microseconds",
        "milliseconds",
        "seconds",
        "minutes",
        "hours",
        "time",
        "b",
        "kb",
        "mb",
        "gb",
        "kib",
        "mib",
        "gib",
        "byte",
        "bytes",
        "kilobytes",
        "megabytes",
        "gigabytes",
        "alloc",
        "allocs",
        "allocations",
        "blocks",
        "instructions",
        "cycles",
        "accesses",
        "misses",
        "reads",
        "writes",
        "reads/writes",
        "syscalls",
        "branches",
        "errors",
        "contexts",
        "decibels",
    };

    /// <param name="units">The measure's full units: "nanoseconds (ns)", "operations / second (ops/s)", "B/op".</param>
    public static Direction Of(string units)
    {
        var open = units.LastIndexOf('(');
        var (text, symbol) =
            open > 0 && units.EndsWith(')')
                ? (units[..open].Trim(), units[(open + 1)..^1].Trim())
                : (units.Trim(), units.Trim());
        if (IsRate(text) || IsRate(symbol))
            return Direction.HigherIsBetter;
        if (text == "hits" && symbol == "%")
            return Direction.HigherIsBetter;
        return Costs.Contains(FirstWord(text)) || Costs.Contains(FirstWord(symbol))
            ? Direction.LowerIsBetter
            : Direction.Unknown;
    }

    /// <summary>True when a value beyond this limit is better than expected.</summary>
    public static bool IsImprovement(string units, BoundaryLimit limit) =>
        (Of(units), limit)
            is
                (Direction.LowerIsBetter, BoundaryLimit.Lower)
                or
                (Direction.HigherIsBetter, BoundaryLimit.Upper);

    private static bool IsRate(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal)
        || text.EndsWith("/sec", StringComparison.Ordinal)
        || text.EndsWith("/ second", StringComparison.Ordinal)
        || text.EndsWith("/second", StringComparison.Ordinal)
        || text.EndsWith("per second", StringComparison.Ordinal)
        || text is "ops" or "Hz";

    // "ns/op" and "B/op" are times and bytes, by their first word; "reads/writes" is one word.
    private static string FirstWord(string text)
    {
        if (Costs.Contains(text))
            return text;
        var end = text.AsSpan().IndexOfAny(" /");
        return end < 0 ? text : text[..end];
    }
}
