using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Outputs as they arrive from logs: cut, colored, with other line ends, joined with another output. Nothing throws,
/// and every recorded number follows from a number in the text. Each sample is read by all adapters that read it whole,
/// including magic.
/// </summary>
public class OddOutputTests
{
    private const int Seed = 20261122; // Chooses which places to try when an output has too many of them.
    private const int CutsMax = 60;
    private const int LinesMax = 20;

    private static readonly Adapter[] Adapters = [.. Enum.GetValues<Adapter>()];

    private static readonly LinePattern Pattern = Core.Names.Text.Parse<LinePattern>(
        @"(?<benchmark>[A-Za-z_]\S*)[ \t]+(?<value>[0-9]+(\.[0-9]+)?)( (?<unit>ns|us|ms|s))?(,|\s|$)"
    );

    private static readonly ReadOptions[] Wishes =
    [
        new(Pattern: Pattern),
        new(Average.Mean),
        new(Average.Median),
        new(Measures: Measures.All),
        new(Average.Median, Measures.All),
    ];

    private static readonly IReadOnlyList<Sample> All = [.. Samples.Inputs.Select(input => new Sample(input))];

    /// <summary>A recorded output, and the results of each adapter that reads it.</summary>
    private sealed class Sample
    {
        private readonly List<(Adapter Adapter, ReadOptions Wish, HashSet<string> Metrics)> whole = [];

        public Sample(byte[] output)
        {
            Output = output;
            foreach (var adapter in Adapters)
            foreach (var wish in Wishes)
                if (Harness.Read(adapter, output, wish).Results is { } results)
                    whole.Add((adapter, wish, [.. MetricsOf(results)]));
        }

        public byte[] Output { get; }
        public string Text => Encoding.Latin1.GetString(Output);

        /// <summary>Checks everything that the adapters read from another form of the output.</summary>
        public void Check(byte[] other, string how, Action<Adapter, HashSet<string>, Results>? check = null)
        {
            Numbers? numbers = null;
            foreach (var (adapter, wish, metrics) in whole)
            {
                if (Harness.Read(adapter, other, wish) is not { Results: { } results } read)
                    continue;
                check?.Invoke(read.By, metrics, results);
                foreach (var benchmark in results.Benchmarks)
                foreach (var (measure, metric) in benchmark.Metrics)
                    if (!metrics.Contains(Show(benchmark, measure, metric)))
                        Assert.True(
                            (numbers ??= new(other)).Explain(metric.Value, mayBeMean: read.By == Adapter.PythonPyperf),
                            $"{how}: {read.By} read {metric.Value:R} for {benchmark.Name} {measure}, which "
                                + $"does not occur in the output"
                        );
            }
        }

        private static IEnumerable<string> MetricsOf(Results results) =>
            results.Benchmarks.SelectMany(b => b.Metrics.Select(m => Show(b, m.Measure, m.Metric)));
    }

    private static string Show(BenchmarkResults benchmark, NameId<ResourceName> measure, Metric metric) =>
        $"{benchmark.Name} {measure} {metric.Value:R} {metric.LowerValue:R} {metric.UpperValue:R}";

    public static TheoryData<int> Whole() => [.. Enumerable.Range(0, All.Count)];

    // All places if there are at most max; otherwise up to max random ones.
    private static IEnumerable<int> Places(int count, int max, int sample) =>
        count <= max ? Enumerable.Range(0, count) : RandomPlaces(new Random(Seed + sample), count, max).Distinct();

    private static IEnumerable<int> RandomPlaces(Random random, int count, int max)
    {
        for (var i = 0; i < max; i++)
            yield return random.Next(count);
    }

    [Theory, MemberData(nameof(Whole))]
    public void A_truncated_sample_yields_only_numbers_of_the_whole_sample(int sample)
    {
        var (one, tried) = (All[sample], new HashSet<int>());
        foreach (var at in Places(one.Output.Length, CutsMax, sample))
        {
            // The line that was cut may hold the start of a longer number; the lines above it may not.
            var lineStart = one.Output.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
            one.Check(one.Output[..at], $"cut at {at} (seed {Seed})");
            if (tried.Add(lineStart))
                one.Check(one.Output[..lineStart], $"cut at {lineStart} (seed {Seed})", (adapter, whole, results) =>
                {
                    foreach (var benchmark in results.Benchmarks)
                    foreach (var (measure, metric) in benchmark.Metrics)
                        Assert.True(
                            whole.Contains(Show(benchmark, measure, metric))
                                || IsOfFewerSamples(adapter, benchmark, measure, metric, whole),
                            $"cut at {lineStart}: {adapter} read {Show(benchmark, measure, metric)}, which the whole "
                                + $"output does not yield"
                        );
                });
        }
    }

    // With fewer samples, a benchmark's median may differ; with fewer packages or environments, its name may differ.
    private static bool IsOfFewerSamples(
        Adapter adapter,
        BenchmarkResults benchmark,
        NameId<ResourceName> measure,
        Metric metric,
        HashSet<string> whole
    ) =>
        adapter == Adapter.PythonAsv
            && whole.Contains(
                Show(benchmark, measure, metric)
                    .Replace(EnvironmentOf(benchmark.Name.Value), "", StringComparison.Ordinal)
            )
        || whole.Any(line =>
            line.Contains($"{benchmark.Name} {measure} ", StringComparison.Ordinal)
            && (
                adapter == Adapter.GoBench
                || Bounds(line) is var (lower, upper) && metric.Value >= lower && metric.Value <= upper
            )
        );

    private static string EnvironmentOf(string name) =>
        name.LastIndexOf(" [", StringComparison.Ordinal) is > 0 and var at ? name[at..] : " [";

    private static (double Lower, double Upper)? Bounds(string line)
    {
        var words = line.Split(' ');
        return
            double.TryParse(words[^2], System.Globalization.CultureInfo.InvariantCulture, out var lower)
            && double.TryParse(words[^1], System.Globalization.CultureInfo.InvariantCulture, out var upper)
            ? (lower, upper)
            : null;
    }

    [Theory, MemberData(nameof(Whole))]
    public void A_sample_with_a_line_removed_or_repeated_yields_only_numbers_in_its_text(int sample)
    {
        var one = All[sample];
        var lines = one.Text.Split('\n');
        foreach (var at in Places(lines.Length, LinesMax, sample))
        {
            one.Check(Joined([.. lines[..at], .. lines[(at + 1)..]]), $"without line {at + 1} (seed {Seed})");
            one.Check(Joined([.. lines[..(at + 1)], .. lines[at..]]), $"with line {at + 1} twice (seed {Seed})");
        }
    }

    [Theory, MemberData(nameof(Whole))]
    public void A_colored_line_does_not_change_the_results(int sample)
    {
        var one = All[sample];
        var lines = one.Text.Split('\n');
        foreach (var at in Places(lines.Length, LinesMax, sample))
        {
            var colored = lines[at].EndsWith('\r')
                ? $"\e[36m{lines[at][..^1]}\e[0m\e(B\r"
                : $"\e[36m{lines[at]}\e[0m\e(B";
            one.Check(
                Joined([.. lines[..at], colored, .. lines[(at + 1)..]]),
                $"with line {at + 1} colored",
                (adapter, whole, results) =>
                    Assert.Equal(
                        whole.Order(StringComparer.Ordinal),
                        results
                            .Benchmarks.SelectMany(b => b.Metrics.Select(m => Show(b, m.Measure, m.Metric)))
                            .Order(StringComparer.Ordinal)
                    )
            );
        }
    }

    private static byte[] Joined(IEnumerable<string> lines) => Encoding.Latin1.GetBytes(string.Join('\n', lines));

    [Theory, MemberData(nameof(Whole))]
    public void CRLF_line_endings_and_a_byte_order_mark_do_not_change_the_results(int sample)
    {
        var output = All[sample].Output;
        byte[] marked = [0xef, 0xbb, 0xbf, .. output],
            crlf = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(output).ReplaceLineEndings("\r\n"));
        foreach (var adapter in Adapters)
        foreach (var wish in Wishes)
        {
            var plain = Seen.Show(Harness.Read(adapter, output, wish).Results);
            Assert.Equal(plain, Seen.Show(Harness.Read(adapter, marked, wish).Results));
            // A name in Gungraun's or Iai's output may contain a line end.
            Assert.Equal(
                plain.ReplaceLineEndings(""),
                Seen.Show(Harness.Read(adapter, crlf, wish).Results).ReplaceLineEndings("")
            );
        }
    }

    [Fact]
    public void Two_concatenated_samples_yield_only_numbers_in_their_text() =>
        Prop.ForAll(
                Arb.From(
                    from one in Gen.Elements<Sample>(All)
                    from other in Gen.Elements<Sample>(All)
                    from withLineEnd in Gen.Elements(true, false)
                    select (one, other, withLineEnd)
                ),
                glued =>
                {
                    byte[] output =
                    [
                        .. glued.one.Output,
                        .. glued.withLineEnd ? "\n"u8 : default,
                        .. glued.other.Output,
                    ];
                    glued.one.Check(output, "glued");
                    glued.other.Check(output, "glued");
                }
            )
            .Check(Properties.Tried(200));

    [Fact]
    public void Every_adapter_reads_a_truncated_sample_or_explains_why_not() =>
        Prop.ForAll(
                Arb.From(
                    from sample in Gen.Elements<Sample>(All)
                    from at in Gen.Choose(0, sample.Output.Length)
                    from adapter in Gen.Elements(Adapters)
                    from wish in Gen.Elements(Wishes)
                    select (sample.Output[..at], adapter, wish)
                ),
                one =>
                {
                    var (output, adapter, wish) = one;
                    if (Harness.Read(adapter, output, wish).Results is null)
                        Assert.NotEmpty(Unread.Of(adapter, output, wish).ToString());
                }
            )
            .Check(Properties.Tried(1000));

    [Fact]
    public void Every_adapter_has_a_sample() =>
        Assert.All(Adapters.Where(adapter => Harness.Canonical(adapter) == adapter), adapter =>
            Assert.Contains(All, sample => Harness.Read(adapter, sample.Output, Wishes[0]).Results is not null)
        );

    /// <summary>
    /// All numbers in a text, and the values that adapters may derive from them: another unit, or the midpoint of two
    /// numbers.
    /// </summary>
    private sealed class Numbers
    {
        private static readonly double[] Scales =
        [
            1,
            1e-9,
            1e-6,
            1e-3,
            1e3,
            1e6,
            1e9,
            1e12,
            1e15,
            60e9,
            3600e9,
            86400e9,
            1 / 60.0,
            1 / 3600.0,
            1 / 86400.0,
            1 << 10,
            1 << 20,
            1 << 30,
        ];
        private static readonly double[] TimeUnits = [1, 1e3, 1e6, 1e9];
        private const int SeveralMax = 20_000;

        private readonly double[] sorted;

        public Numbers(byte[] output)
        {
            var plain = System.Text.RegularExpressions.Regex.Replace(
                Encoding.UTF8.GetString(output),
                "\e(\\[[0-9;]*m|\\(B)",
                ""
            );
            sorted =
            [
                .. System
                    .Text.RegularExpressions.Regex.Matches(plain, @"-?[0-9.,]*[0-9][0-9.,]*([eE][-+]?[0-9]+)?")
                    .SelectMany(match => Readings(match.Value))
                    .Distinct()
                    .Order(),
            ];
        }

        private static IEnumerable<double> Readings(string text)
        {
            foreach (
                var form in (string[])
                    [
                        text,
                        text.Replace(",", ""),
                        text.TrimEnd(',', '.'),
                        text.TrimStart('-').Replace(",", "").TrimStart('.'),
                    ]
            )
                if (double.TryParse(form, System.Globalization.CultureInfo.InvariantCulture, out var number))
                    yield return Math.Abs(number);
            foreach (var part in text.Split(',', '.'))
                if (double.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var number))
                    yield return Math.Abs(number);
        }

        /// <param name="mayBeMean">True when the value may be computed from a list, so it lies between the least and
        /// the greatest number.</param>
        public bool Explain(double value, bool mayBeMean)
        {
            value = Math.Abs(value);
            if (value == 0)
                return Has(0);
            foreach (var scale in Scales)
                if (Has(value / scale))
                    return true;
            return IsMadeOfTwo(value)
                || mayBeMean
                    && sorted.Length > 0
                    && Scales.Any(scale => value / scale >= sorted[0] && value / scale <= sorted[^1]);
        }

        private bool Has(double value)
        {
            var at = Array.BinarySearch(sorted, value);
            if (at >= 0)
                return true;
            at = ~at;
            return at < sorted.Length && IsNear(sorted[at], value) || at > 0 && IsNear(sorted[at - 1], value);
        }

        // The median of an even count (its two middle values perhaps in different time units), or a clock's minutes and
        // seconds.
        private bool IsMadeOfTwo(double value)
        {
            var few = sorted.Length <= SeveralMax ? sorted : sorted[..SeveralMax];
            foreach (var scale in Scales)
            foreach (var one in few)
                if (Has(2 * value / scale - one) || Has(value / scale - one * 60))
                    return true;
            return TimeUnits.Any(unit => TimeUnits.Any(other => few.Any(one => Has((2 * value - one * unit) / other))));
        }

        private static bool IsNear(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(Math.Abs(a), Math.Abs(b));
    }
}
