namespace Paddock.Core.Verdicts;

/// <summary>
/// What values are compared within, as one number: the machine in its lower half, and the harness that measured on it
/// in the upper one, where that is known. 0 where nobody told.
/// </summary>
public static class KindKey
{
    private const int Half = 32;

    /// <param name="machine">Of the machine alone.</param>
    /// <param name="harness">Of the machine with the harness; 0 where the harness is not known.</param>
    public static ulong Of(long machine, long harness) => (uint)machine | (ulong)(uint)harness << Half;

    /// <summary>The key of all that is known: the second that was given, or the first.</summary>
    public static long Id(ulong key) => key >> Half is > 0 and var harness ? (long)harness : (long)(uint)key;

    /// <summary>The same machine, and a harness that one of them does not know.</summary>
    internal static bool MayBeSame(ulong one, ulong other) =>
        (uint)one == (uint)other && (one >> Half == 0 || other >> Half == 0);

    /// <summary>Of two that may be the same, the one that knows more.</summary>
    internal static ulong Known(ulong one, ulong other) => Math.Max(one, other);
}
