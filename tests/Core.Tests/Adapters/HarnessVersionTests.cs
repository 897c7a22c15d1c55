using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

public class HarnessVersionTests
{
    [Theory]
    [InlineData("python_pytest/two.json", "pytest-benchmark 3.2.2")]
    [InlineData("java_jmh/latency.json", "JMH 1.29")]
    [InlineData("c_sharp_dot_net/two.json", "BenchmarkDotNet 0.9.9.0")]
    [InlineData("today/cpp_google/errors_and_skips_left_out.json", "Google Benchmark v1.9.5")]
    public void The_harness_version_is_read_and_kept_in_compact_form_and_when_folded(string sample, string harness)
    {
        var (by, results) = Harness.Read(
            Adapter.Magic,
            File.ReadAllBytes(Path.Combine(Samples.Root, sample)),
            ReadOptions.Usual
        );

        Assert.Equal(harness, results!.Harness);
        var again = Harness.Read(Adapter.Magic, Compact.Write(by, results), ReadOptions.Usual).Results!;
        Assert.Equal(harness, again.Harness);
        Assert.Equal(harness, Folding.Fold([results, again], Fold.Median).Harness);
    }

    [Fact]
    public void The_harness_version_is_unknown_when_the_output_does_not_state_it()
    {
        var output = "test a ... bench:       1,000 ns/iter (+/- 10)\n"u8;

        Assert.Null(Harness.Read(Adapter.Magic, output, ReadOptions.Usual).Results!.Harness);
    }
}
