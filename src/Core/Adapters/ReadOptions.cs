namespace Paddock.Core.Adapters;

/// <summary>What is wanted of an output.</summary>
/// <param name="Average">Which average to record, null for the usual one. A harness that does not print it yields
/// nothing.</param>
/// <param name="Pattern">For <see cref="Adapter.Pattern"/>, which reads nothing without it; the others do not look at
/// it.</param>
/// <param name="PatternTime">How long a pattern may be tried, on all outputs that share it; a second on each where it
/// is null.</param>
/// <param name="Folder">Where the harness ran. One that names files by their whole paths has them named from
/// there.</param>
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

/// <summary>A time that begins to run out when this is made.</summary>
public sealed class Deadline(TimeSpan max, TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Max => max;
    public bool IsOver => time.GetElapsedTime(start) > max;
}
