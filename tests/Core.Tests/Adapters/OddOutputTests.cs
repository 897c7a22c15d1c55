using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Outputs as they arrive from logs: cut, coloured, with other line ends, with another output glued on. Nothing throws, and no number
/// is recorded that does not follow from one in the text. A failing property prints the seed that repeats it.
/// </summary>
public class OddOutputTests
{
    private static readonly Adapter[] Adapters = [.. Enum.GetValues<Adapter>()];
    private static readonly ReadOptions[] Wishes =
        [ReadOptions.Usual, new(Average.Mean), new(Average.Median), new(Measures: Measures.All), new(Average.Median, Measures.All)];

    private static Gen<(byte[] Bytes, int Adapter)> Of(Gen<byte[]> outputs) =>
        from output in outputs
        from adapter in Gen.Choose(0, Adapters.Length - 1)
        select (output, adapter);

    private static Gen<byte[]> Sample => Gen.Elements<byte[]>(Samples.Inputs);

    private static Gen<byte[]> Cut => from sample in Sample from at in Gen.Choose(0, sample.Length) select sample[..at];

    private static Gen<byte[]> LineRemoved => Lines((lines, at) => [.. lines[..at], .. lines[(at + 1)..]]);

    private static Gen<byte[]> LineDoubled => Lines((lines, at) => [.. lines[..(at + 1)], .. lines[at..]]);

    private static Gen<byte[]> LineColoured => Lines((lines, at) => [.. lines[..at], $"\e[36m{lines[at]}\e[0m\e(B", .. lines[(at + 1)..]]);

    private static Gen<byte[]> Glued => from one in Sample from other in Sample select (byte[])[.. one, (byte)'\n', .. other];

    private static Gen<byte[]> Lines(Func<string[], int, string[]> change) =>
        from sample in Sample
        let lines = Encoding.Latin1.GetString(sample).Split('\n')
        from at in Gen.Choose(0, lines.Length - 1)
        select Encoding.Latin1.GetBytes(string.Join('\n', change(lines, at)));

    private static byte[] CrLf(byte[] sample) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(sample).ReplaceLineEndings("\r\n"));

    private static void Check(Gen<byte[]> outputs, int times = 300) =>
        Prop.ForAll(Arb.From(Of(outputs)), one => IsAnswered(one.Bytes, Adapters[one.Adapter])).Check(Config.QuickThrowOnFailure.WithMaxTest(times));

    private static bool IsAnswered(byte[] output, Adapter adapter)
    {
        var numbers = new Numbers(output);
        foreach (var wish in Wishes)
        {
            var read = Harness.Read(adapter, output, wish);
            if (read.Results is null) Assert.NotEmpty(Unread.Of(adapter, output, wish).ToString());
            else Assert.All(read.Results.Benchmarks, benchmark => Assert.All(benchmark.Metrics, metric => Assert.True(
                numbers.Explain(metric.Metric.Value), $"{read.By} read {metric.Metric.Value:R} for {benchmark.Name} {metric.Measure}, which is nowhere in the output")));
        }
        return true;
    }

    [Fact]
    public void A_sample_cut_at_any_byte_is_answered() => Check(Cut, times: 500);

    [Fact]
    public void A_sample_without_one_of_its_lines_is_answered() => Check(LineRemoved);

    [Fact]
    public void A_sample_with_a_line_twice_is_answered() => Check(LineDoubled);

    [Fact]
    public void A_sample_with_a_coloured_line_is_answered() => Check(LineColoured);

    [Fact]
    public void Two_samples_glued_together_are_answered() => Check(Glued);

    public static TheoryData<int> Whole() => [.. Enumerable.Range(0, Samples.Inputs.Count)];

    [Theory, MemberData(nameof(Whole))]
    public void Line_ends_and_a_byte_order_mark_change_nothing(int sample)
    {
        var output = Samples.Inputs[sample];
        var plain = Harness.Read(Adapter.Magic, output, ReadOptions.Usual);
        byte[] marked = [0xef, 0xbb, 0xbf, .. output];
        var found = Harness.Read(plain.By, marked, ReadOptions.Usual);
        Assert.Equal(Seen.Show(plain.Results), Seen.Show(found.Results));
        // A name of Gungraun's or Iai's may hold a line end.
        Assert.Equal(Seen.Show(plain.Results).ReplaceLineEndings(""), Seen.Show(Harness.Read(plain.By, CrLf(output), ReadOptions.Usual).Results).ReplaceLineEndings(""));
    }

    /// <summary>All numbers in a text, and what adapters may make of them: another unit, or the middle of two of them.</summary>
    private sealed class Numbers
    {
        private static readonly double[] Scales = [1, 1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e9, 1e12, 1e15, 60e9, 3600e9, 86400e9, 1 / 60.0, 1 / 3600.0, 1 / 86400.0, 1 << 10, 1 << 20, 1 << 30];
        private const int SeveralMax = 400;

        private readonly double[] sorted;

        // Only pyperf's average is of more than two numbers.
        private readonly bool mayBeMean;

        public Numbers(byte[] output)
        {
            var text = Encoding.UTF8.GetString(output);
            mayBeMean = text.Contains("\"runs\"", StringComparison.Ordinal);
            var plain = System.Text.RegularExpressions.Regex.Replace(text, "\e(\\[[0-9;]*m|\\(B)", "");
            sorted = [.. System.Text.RegularExpressions.Regex.Matches(plain, @"-?[0-9.,]*[0-9][0-9.,]*([eE][-+]?[0-9]+)?").SelectMany(match => Readings(match.Value)).Distinct().Order()];
        }

        private static IEnumerable<double> Readings(string text)
        {
            foreach (var form in (string[])[text, text.Replace(",", ""), text.TrimEnd(',', '.'), text.TrimStart('-').Replace(",", "").TrimStart('.')])
                if (double.TryParse(form, System.Globalization.CultureInfo.InvariantCulture, out var number)) yield return Math.Abs(number);
            foreach (var part in text.Split(',', '.'))
                if (double.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var number)) yield return Math.Abs(number);
        }

        public bool Explain(double value)
        {
            value = Math.Abs(value);
            if (value == 0) return Has(0);
            foreach (var scale in Scales)
                if (Has(value / scale)) return true;
            return IsMadeOfSeveral(value);
        }

        private bool Has(double value)
        {
            var at = Array.BinarySearch(sorted, value);
            if (at >= 0) return true;
            at = ~at;
            return at < sorted.Length && IsNear(sorted[at], value) || at > 0 && IsNear(sorted[at - 1], value);
        }

        // The median of an even count, the mean of a list, a clock's minutes and seconds: between the least and the greatest number.
        private bool IsMadeOfSeveral(double value)
        {
            var few = sorted.Length <= SeveralMax ? sorted : sorted[..SeveralMax];
            foreach (var scale in Scales)
                foreach (var one in few)
                    if (Has(2 * value / scale - one) || Has(value / scale - one * 60)) return true;
            return sorted.Length > 0 && Scales.Any(scale => value / scale >= sorted[0] && value / scale <= sorted[^1]) && mayBeMean;
        }

        private static bool IsNear(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(Math.Abs(a), Math.Abs(b));
    }
}
