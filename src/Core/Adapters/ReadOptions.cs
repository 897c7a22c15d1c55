namespace Paddock.Core.Adapters;

/// <summary>What is wanted of an output.</summary>
/// <param name="Average">Which average to record, null for the usual one. A harness that does not print it yields nothing.</param>
public sealed record ReadOptions(Average? Average = null, Measures Measures = Measures.Usual)
{
    public static ReadOptions Usual { get; } = new();
}
