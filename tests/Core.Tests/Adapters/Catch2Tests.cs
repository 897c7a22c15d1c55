using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

public class Catch2Tests
{
    private const string Rule = "-------------------------------------------------------------------------------\n";
    private const string Case = Rule + " Sorting \n" + Rule + "sort.cpp:1\n...\n\nbenchmark name\n";
    private const string Figures = "   5 us  4 us  6 us \n   1 us  0 us  2 us \n";
    private const string After = "\n\n";

    private static string Read(string output) => Seen.In(Adapter.CppCatch2, output);

    [Fact]
    public void A_benchmark_is_named_after_its_test_case() =>
        Assert.Equal("Sorting: a b: latency 5000 [4000, 6000]", Read(Case + "a b  100  1  2.5 ms \n" + Figures + After));

    [Fact]
    public void A_long_name_goes_on_under_itself() => Assert.Equal("Sorting: a b c: latency 5000 [4000, 6000]",
        Read(Case + "a 100 1 2.5 ms\nb 5 us 4 us 6 us\nc 1 us 0 us 2 us\n" + After));

    [Fact]
    public void A_test_case_may_take_three_lines() => Assert.Equal("one two three: a: latency 5000 [4000, 6000]",
        Read(Rule + "one\n  two \nthree\n" + Rule + "a 100 1 2.5 ms\n" + Figures + After));

    [Fact]
    public void Of_four_lines_it_is_not_a_test_case() => Assert.Equal("Sorting: a: latency 5000 [4000, 6000]",
        Read(Case + Rule + "one\ntwo\nthree\nfour\n" + Rule + "a 100 1 2.5 ms\n" + Figures + After));

    [Fact]
    public void The_last_test_case_counts() => Assert.Equal("Sorting: a: latency 5000 [4000, 6000]; Other: a: latency 5000 [4000, 6000]",
        Read(Case + "a 100 1 2.5 ms\n" + Figures + After + Rule + "Other\n" + Rule + "a 100 1 2.5 ms\n" + Figures + After));

    [Theory]
    [InlineData("a 100 1 2.5 ms\n" + Figures + After)] // No test case.
    [InlineData(Case + "a 100 1 2.5 ms\n" + Figures)] // Two more lines must follow.
    [InlineData(Case + "a 100 1 2.5 ms\n" + Figures + "\n")]
    [InlineData(Case + "  100 1 2.5 ms\n" + Figures + After)]
    [InlineData(Case + "a 100 1.5 2.5 ms\n" + Figures + After)]
    [InlineData(Case + "a 100 1 2.5 ms\n\n" + Figures + After)]
    [InlineData("-" + Case + "a 100 1 2.5 ms\n" + Figures + After)] // 80 dashes are no rule.
    public void Anything_else_is_not_read(string output) => Assert.Equal(Seen.Nothing, Read(output));
}
