using System.Runtime.CompilerServices;

namespace Paddock.Core.Tests.Analysis;

internal static class Near
{
    /// <summary>
    /// Asserts equality up to a relative 1e-9, or the given tolerance. If 0 is expected, the tolerance is absolute.
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
