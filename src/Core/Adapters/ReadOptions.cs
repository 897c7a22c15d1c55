namespace Paddock.Core.Adapters;

/// <summary>What is wanted of an output.</summary>
/// <param name="Average">Which average to record, null for the usual one. A harness that does not print it yields nothing.</param>
/// <param name="Pattern">For <see cref="Adapter.Pattern"/>, which reads nothing without it; the others do not look at it.</param>
public sealed record ReadOptions(Average? Average = null, Measures Measures = Measures.Usual, LinePattern? Pattern = null)
{
    public static ReadOptions Usual { get; } = new();
}
