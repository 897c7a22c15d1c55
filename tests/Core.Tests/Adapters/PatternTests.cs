using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Tests.Adapters;

/// <summary>Formats of teams, read with a pattern, and hostile patterns and input.</summary>
public class PatternTests
{
    private static string Read(string pattern, string output) =>
        Seen.Show(
            Harness
                .Read(
                    Adapter.Pattern,
                    Encoding.UTF8.GetBytes(output),
                    new ReadOptions(Pattern: Text.Parse<LinePattern>(pattern))
                )
                .Results
        );

    private const string Full =
        @"^(?<benchmark>[^:]+): (?<value>\S+)( (?<unit>\S+))?( as (?<measure>\S+))?( in (?<lower>\S+)-(?<upper>\S+))?$";

    [Theory]
    [InlineData("a b: 5", "a b: latency 5")]
    [InlineData("a: 1.5 ms", "a: latency 1500000")]
    [InlineData("a: 1.5 s in 1-2", "a: latency 1500000000 [1000000000, 2000000000]")]
    [InlineData("a: 3 req/ms", "a: throughput 3000")]
    [InlineData("a: 3 KiB as size", "a: size 3072")]
    [InlineData("a: 3 ms as p99", "a: p99 3000000")]
    [InlineData("a: 3 apples as fruit", "a: fruit 3")]
    [InlineData("a: 1,000.5", "a: latency 1000.5")]
    [InlineData("a: -2e3", "a: latency -2000")]
    [InlineData("a: 1\na: 2\na: 6", "a: latency 2 [1, 6]")]
    [InlineData("\e[32ma\e[0m: 5\r\nchatter", "a: latency 5")]
    [InlineData("a: 3 apples", Seen.Nothing)] // Neither a known unit nor a measure.
    [InlineData("a: many", Seen.Nothing)]
    [InlineData("chatter", Seen.Nothing)]
    public void Named_groups_capture_benchmark_value_unit_measure_and_bounds(string output, string seen) =>
        Assert.Equal(seen, Read(Full, output));

    [Theory]
    [InlineData("")]
    [InlineData("(?<benchmark>a)")]
    [InlineData("(?<value>1)")]
    [InlineData("(?<benchmark>a)(?<value>1)(?<colour>x)")]
    [InlineData("(?<benchmark>a)(?<value>1")]
    [InlineData(@"(?<benchmark>a)(?<value>1)\1")]
    [InlineData("(?=x)(?<benchmark>a)(?<value>1)")]
    [InlineData("(?<benchmark>a{9999})(?<value>1)")]
    [InlineData("(?<benchmark>((a{40}){40}){40})(?<value>1)")]
    [InlineData("(?<benchmark>a)(?<value>1)\0")]
    public void An_incomplete_invalid_or_too_costly_pattern_is_refused(string pattern) =>
        Assert.False(LinePattern.TryParse(pattern, out _));

    [Fact]
    public void An_overlong_pattern_is_refused() =>
        Assert.False(
            LinePattern.TryParse("(?<benchmark>a)(?<value>1)" + new string('x', LinePattern.LengthMax), out _)
        );

    [Theory]
    [InlineData("^(?<benchmark>(a+)+)b(?<value>1)$")]
    [InlineData("^(?<benchmark>(a|aa)+)$(?<value>1)?")]
    [InlineData("(?<benchmark>.*.*.*.*.*.*=)(?<value>1)")]
    [InlineData("(?<benchmark>(x+x+)+y)(?<value>1)")]
    [InlineData("(?<benchmark>[ab]*a[ab]{12})(?<value>1)")]
    public void Patterns_that_backtrack_catastrophically_in_other_engines_terminate(string pattern)
    {
        var output = string.Concat(Enumerable.Repeat(new string('a', 5000) + new string('x', 5000) + "\n", 20));
        Assert.Equal(Seen.Nothing, Read(pattern, output));
    }

    [Fact]
    public void The_pattern_adapter_reads_nothing_without_a_pattern_and_explains_why()
    {
        Assert.Null(Harness.Read(Adapter.Pattern, "a: 5"u8, ReadOptions.Usual).Results);
        Assert.Contains(
            "needs a pattern",
            Unread.Of(Adapter.Pattern, "a: 5"u8, ReadOptions.Usual).ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_overlong_line_is_skipped() =>
        Assert.Equal("b: latency 2", Read(Full, $"a{new string('a', 100_000)}: 1\nb: 2"));

    [Theory]
    [InlineData("(", ")")]
    [InlineData("(?:", ")*")]
    [InlineData("(", "|b)")]
    [InlineData("[^x]?(", ")?")]
    public void Deeply_nested_groups_are_refused_or_read(string open, string close)
    {
        var depth = (LinePattern.LengthMax - 40) / (open.Length + close.Length);
        var pattern =
            $"(?<benchmark>{string.Concat(Enumerable.Repeat(open, depth))}"
            + $"a{string.Concat(Enumerable.Repeat(close, depth))}): (?<value>1)";
        if (LinePattern.TryParse(pattern, out _))
            Assert.Contains(
                "a: latency 1",
                Read(pattern, "a: 1\n" + new string('a', 10_000)),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Hundreds_of_empty_groups_do_not_change_the_results() =>
        Assert.Equal(
            "a: latency 1",
            Read("(?<benchmark>a)" + string.Concat(Enumerable.Repeat("()", 450)) + ": (?<value>1)", "a: 1")
        );

    [Theory]
    [InlineData("a\0b: 5\nc: 6", "c: latency 6")] // A name cannot contain a null character.
    [InlineData("a: 5\0\nc: 6", "a: latency 5; c: latency 6")] // Null characters after a number are ignored.
    [InlineData("\0\0\0", Seen.Nothing)]
    public void Null_characters_do_not_end_the_output(string output, string seen) =>
        Assert.Equal(seen, Read(Full, output));

    // A clock that advances by a second each time it is read.
    private sealed class HastyClock : TimeProvider
    {
        private long now;

        public override long GetTimestamp() => now += TimestampFrequency;
    }

    [Fact]
    public void All_outputs_of_a_run_share_one_time_limit_for_the_pattern()
    {
        var options = new ReadOptions(
            Pattern: Text.Parse<LinePattern>(Full),
            PatternTime: new(TimeSpan.FromSeconds(10), new HastyClock())
        );
        var output = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a: 1\n", 1_000_000)));

        Assert.NotNull(Harness.Read(Adapter.Pattern, "a: 1"u8, options).Results);
        Assert.Null(Harness.Read(Adapter.Pattern, output, options).Results);
        Assert.Null(Harness.Read(Adapter.Pattern, "a: 1"u8, options).Results);
        Assert.Contains(
            "the pattern took longer than 10 seconds",
            Unread.Of(Adapter.Pattern, "a: 1"u8, options).ToString(),
            StringComparison.Ordinal
        );
    }

    // Fragments of expressions, so that some random combinations are valid.
    private static readonly string[] Pieces =
    [
        "(?<benchmark>",
        "(?<value>",
        "(?<unit>",
        ")",
        "a",
        ".",
        "*",
        "+",
        "?",
        "{3}",
        "{2,}",
        "|",
        "[0-9]",
        "[^a]",
        @"\d",
        @"\S+",
        "^",
        "$",
        "(",
        "(?:",
        @"\b",
        "\\",
        "é",
        " ",
    ];

    [Fact]
    public void A_random_pattern_is_refused_or_reads_without_throwing() =>
        Prop.ForAll(Arb.From(from pieces in Gen.ListOf(Gen.Elements(Pieces)) select string.Concat(pieces)), text =>
            {
                foreach (var pattern in (string[])[text, $"(?<benchmark>{text})(?<value>1)"])
                    if (LinePattern.TryParse(pattern, out var valid))
                        Harness.Read(Adapter.Pattern, "aaaa: 12 é 1\n"u8, new ReadOptions(Pattern: valid));
                return true;
            })
            .Check(Properties.Tried(500));
}
