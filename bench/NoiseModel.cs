namespace Paddock.Bench;

/// <summary>The noise of unchanged code, as factors around 1. docs/verdicts describes each model.</summary>
internal sealed record NoiseModel(string Name, Func<int, bool, Random, double[]> Draw)
{
    public static readonly NoiseModel[] All =
    [
        new("gauss1", (n, _, r) => Each(n, () => 1 + 0.01 * Normal(r))),
        new("lognorm3", (n, _, r) => Each(n, () => Math.Exp(0.03 * Normal(r)))),
        new("bimodal", (n, _, r) => Each(n, () => (r.NextDouble() < 0.1 ? 1.05 : 1) * (1 + 0.005 * Normal(r)))),
        new("ar1", (n, _, r) =>
        {
            var x = Normal(r);
            return Each(n, () =>
            {
                var factor = 1 + 0.02 * x;
                x = 0.5 * x + Math.Sqrt(0.75) * Normal(r);
                return factor;
            });
        }),
        new("sticky", (n, isRerun, r) => // Hosts differ, and each is kept for about 20 runs; a rerun has one host.
        {
            var host = r.Next(3);
            return Each(n, () =>
            {
                if (!isRerun && r.NextDouble() < 0.05)
                    host = r.Next(3);
                return (1 + 0.03 * host) * (1 + 0.01 * Normal(r));
            });
        }),
    ];

    public double[] Stretch(int count, bool isRerun, Random random) => Draw(count, isRerun, random);

    private static double[] Each(int count, Func<double> next) => [.. Enumerable.Range(0, count).Select(_ => next())];

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
