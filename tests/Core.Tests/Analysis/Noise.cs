namespace Paddock.Core.Tests.Analysis;

/// <summary>Seeded noise for simulations.</summary>
internal static class Noise
{
    /// <summary>A standard normal value (Box and Muller, 1958).</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
