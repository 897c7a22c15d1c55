using System.Runtime.CompilerServices;

namespace Paddock.Core.Tests.Analysis;

internal static class Near
{
    /// <summary>
    /// Equal to a relative 1e-9, or given tolerance; what is expected to be 0 must be within that of 0.
    /// </summary>
    public static void Equal(
        double expected,
        double? actual,
        double tolerance = 1e-9,
        [CallerArgumentExpression(nameof(actual))] string what = ""
    ) =>
        Assert.True(
            actual is { } a && Math.Abs(a - expected) <= tolerance * (expected == 0 ? 1 : Math.Abs(expected)),
            $"{what} is {actual:R}, not {expected:R}"
        );
}
