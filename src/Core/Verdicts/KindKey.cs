namespace Paddock.Core.Verdicts;

/// <summary>
/// The key of an environment within which values are compared: the machine in the lower half, and the machine with its
/// harness in the upper half, where the harness is known. 0 where the environment is unknown.
/// </summary>
public static class KindKey
{
    private const int Half = 32;

    /// <param name="machine">The id of the machine alone.</param>
    /// <param name="harness">The id of the machine with the harness; 0 where the harness is unknown.</param>
    public static ulong Of(long machine, long harness) => (uint)machine | (ulong)(uint)harness << Half;

    /// <summary>The id of the most precise part: machine with harness if known, else machine.</summary>
    public static long Id(ulong key) => key >> Half is > 0 and var harness ? (long)harness : (long)(uint)key;

    /// <summary>True when both have the same machine and at least one does not know its harness.</summary>
    internal static bool MayBeSame(ulong one, ulong other) =>
        (uint)one == (uint)other && (one >> Half == 0 || other >> Half == 0);

    /// <summary>Of two keys that may be the same, the more precise one.</summary>
    internal static ulong Known(ulong one, ulong other) => Math.Max(one, other);
}
