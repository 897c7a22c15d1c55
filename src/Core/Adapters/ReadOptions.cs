namespace Paddock.Core.Adapters;

/// <summary>Options for reading an output.</summary>
/// <param name="Average">The average to record; null for the default one. If the harness does not print it, there are
/// no results.</param>
/// <param name="Pattern">The pattern for <see cref="Adapter.Pattern"/>, which needs one. Other adapters ignore
/// it.</param>
/// <param name="PatternTime">The deadline for trying the pattern, shared by several outputs. If null, each output gets
/// one second.</param>
/// <param name="Folder">The folder in which the harness ran. Files that the harness names by absolute paths are named
/// relative to it.</param>
public sealed record ReadOptions(
    Average? Average = null,
    Measures Measures = Measures.Usual,
    LinePattern? Pattern = null,
    Deadline? PatternTime = null,
    string? Folder = null
)
{
    public static ReadOptions Usual { get; } = new();
}

/// <summary>A deadline that starts when it is constructed.</summary>
public sealed class Deadline(TimeSpan max, TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Max => max;
    public bool IsOver => time.GetElapsedTime(start) > max;
}
