namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Strips the prefix that a harness chooses by the size of the number: KB and MB, MiB/s and GiB/s. Without the prefix a
/// measure has the same unit in every run.
/// </summary>
internal static class Rates
{
    private const double SecondNanoseconds = 1e9;

    // The units that take a prefix. In any other word, K or M may simply be the first letter.
    private static readonly HashSet<string> Things = new(StringComparer.Ordinal)
    {
        "B",
        "byte",
        "bytes",
        "Byte",
        "Bytes",
        "b",
        "bit",
        "bits",
        "op",
        "ops",
        "elem",
        "elems",
        "element",
        "elements",
        "item",
        "items",
        "req",
        "reqs",
        "requests",
        "iter",
        "iters",
        "char",
        "chars",
        "row",
        "rows",
        "msg",
        "msgs",
        "event",
        "events",
        "tx",
        "cycles",
        "Hz",
    };

    /// <summary>The unit without its prefix, and the factor of the prefix: KiB is 1024 B.</summary>
    public static (string Thing, double Scale) Size(string unit)
    {
        double? scale = unit switch
        {
            ['K', 'i', ..] => 1L << 10,
            ['M', 'i', ..] => 1L << 20,
            ['G', 'i', ..] => 1L << 30,
            ['T', 'i', ..] => 1L << 40,
            ['P', 'i', ..] => 1L << 50,
            _ => null,
        };
        if (scale is not null && Things.Contains(unit[2..]))
            return (unit[2..], scale.Value);
        scale = unit switch
        {
            ['k' or 'K', ..] => 1e3,
            ['M', ..] => 1e6,
            ['G', ..] => 1e9,
            ['T', ..] => 1e12,
            ['P', ..] => 1e15,
            _ => null,
        };
        return scale is not null && Things.Contains(unit[1..]) ? (unit[1..], scale.Value) : (unit, 1);
    }

    /// <summary>
    /// A rate per second without a prefix: GiB/s is 2^30 B/s, and kop/min is 1000/60 op/s. Null if the unit is not a
    /// rate.
    /// </summary>
    public static (string Unit, double Scale)? Rate(string unit)
    {
        if (unit.EndsWith("Hz", StringComparison.Ordinal))
            return Size(unit);
        if (unit.LastIndexOf('/') is not (> 0 and var slash) || Lexing.UnitWord(unit[(slash + 1)..]) is not { } per)
            return null;
        var (thing, scale) = Size(unit[..slash]);
        return ($"{thing}/s", scale * SecondNanoseconds / per);
    }

    /// <summary>
    /// The factor that converts a rate to per second without a prefix; null if the unit is not a rate.
    /// </summary>
    public static double? ScaleOf(string unit) => Rate(unit)?.Scale;
}
