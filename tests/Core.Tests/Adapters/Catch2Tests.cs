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
        Assert.Equal(
            "Sorting: a b: latency 5000 [4000, 6000]",
            Read(Case + "a b  100  1  2.5 ms \n" + Figures + After)
        );

    [Fact]
    public void A_long_name_continues_at_the_start_of_the_next_lines() =>
        Assert.Equal(
            "Sorting: a b c: latency 5000 [4000, 6000]",
            Read(Case + "a 100 1 2.5 ms\nb 5 us 4 us 6 us\nc 1 us 0 us 2 us\n" + After)
        );

    [Fact]
    public void A_test_case_name_may_span_three_lines() =>
        Assert.Equal(
            "one two three: a: latency 5000 [4000, 6000]",
            Read(Rule + "one\n  two \nthree\n" + Rule + "a 100 1 2.5 ms\n" + Figures + After)
        );

    [Fact]
    public void A_heading_of_four_lines_is_not_a_test_case_name() =>
        Assert.Equal(
            "Sorting: a: latency 5000 [4000, 6000]",
            Read(Case + Rule + "one\ntwo\nthree\nfour\n" + Rule + "a 100 1 2.5 ms\n" + Figures + After)
        );

    [Fact]
    public void A_benchmark_belongs_to_the_last_test_case_above_it() =>
        Assert.Equal(
            "Sorting: a: latency 5000 [4000, 6000]; Other: a: latency 5000 [4000, 6000]",
            Read(
                Case
                    + "a 100 1 2.5 ms\n"
                    + Figures
                    + After
                    + Rule
                    + "Other\n"
                    + Rule
                    + "a 100 1 2.5 ms\n"
                    + Figures
                    + After
            )
        );

    [Theory]
    [InlineData(Case + "a 100 1 2.5 ms\n" + Figures)] // The lines below the figures are optional.
    [InlineData(Case + "a 100 1 2.5 ms\n\nprinted\n" + Figures)]
    [InlineData("-" + Case + "a 100 1 2.5 ms\n" + Figures + After)] // The rule is as long as the console is wide.
    public void A_benchmark_is_read_at_any_console_width_and_with_printed_lines_in_between(string output) =>
        Assert.Equal("Sorting: a: latency 5000 [4000, 6000]", Read(output));

    [Theory]
    [InlineData("a 100 1 2.5 ms\n" + Figures + After)] // Without a test case.
    [InlineData(Case + "  100 1 2.5 ms\n" + Figures + After)]
    [InlineData(Case + "a 100 1.5 2.5 ms\n" + Figures + After)]
    public void A_benchmark_without_a_test_case_a_name_or_a_whole_number_of_iterations_is_not_read(string output) =>
        Assert.Equal(Seen.Nothing, Read(output));

    private const string Heading = """
        benchmark name                       samples       iterations    estimated
                                             mean          low mean      high mean
                                             std dev       low std dev   high std dev
        -------------------------------------------------------------------------------

        """;

    private const string Wrapped =
        "a name that takes more than one\nline of its column and those that\nfollow it                               "
        + "       100             1     2.5 ms \n";
    private const string Columns =
        "                                              5 us          4 us          6 us \n                           "
        + "                   1 us          0 us          2 us \n";
    private const string Joined =
        "Sorting: a name that takes more than one line of its column and those that follow it: latency 5000 [4000, "
        + "6000]";

    [Fact]
    public void A_wrapped_name_is_joined_with_or_without_trailing_spaces()
    {
        const string Start = Rule + "Sorting\n" + Rule + Heading;
        string[] lines = Wrapped.Split('\n');
        Assert.Equal(Joined, Read(Start + Wrapped + Columns));
        Assert.Equal(Joined, Read(Start + string.Join('\n', lines.Select(line => line.PadRight(79))) + '\n' + Columns));
        // The first line has room for the next word, so it does not belong to a wrapped name.
        Assert.Equal(
            "Sorting: follow it: latency 5000 [4000, 6000]",
            Read(Start + "printed\n" + lines[2] + '\n' + Columns)
        );
    }

    [Fact]
    public void A_comma_is_a_decimal_separator_because_Catch2_prints_no_thousands_separators() =>
        Assert.Equal(
            "Sorting: a: latency 308.273 [306.273, 310.273]",
            Read(Case + "a 100 1 2,5 ms\n 308,273 ns 4 ns 6 ns \n 2,000 ns 0 ns 2 ns \n")
        );
}
