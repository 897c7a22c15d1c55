using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

public sealed class ParseTests
{
    private const string Go =
        "goos: linux\nBenchmarkFib10-8   \t 4587789\t       325 ns/op\nBenchmarkFib20   \t   30000\t     40537 "
        + "ns/op\nPASS\n";

    [Theory]
    [InlineData("--adapter", "go_bench")]
    [InlineData("--adapter", "magic")]
    [InlineData]
    public async Task Piped_output_is_parsed_into_the_metrics_that_a_run_would_record(params string[] adapter)
    {
        var ended = await PaddockProgram.RunAsync(["parse", .. adapter], input: Go);

        Assert.Equal((0, "go_bench read 2 benchmarks, 1 measure.\n"), (ended.ExitCode, ended.Error));
        var metrics = JsonNode.Parse(ended.Output)!.AsObject();
        Assert.Equal(["BenchmarkFib10-8", "BenchmarkFib20"], metrics.Select(m => m.Key));
        Assert.Equal(40537, (double)metrics["BenchmarkFib20"]!["latency"]!["value"]!);
    }

    [Fact]
    public async Task A_dash_stands_for_standard_input()
    {
        var ended = await PaddockProgram.RunAsync(["parse", "-"], input: Go);

        Assert.Equal(0, ended.ExitCode);
    }

    [Fact]
    public async Task Several_files_are_iterations_and_can_be_folded_into_one()
    {
        using var folder = Folder.New();
        string[] files =
        [
            folder.Write("a.json", """{"b":{"latency":{"value":1}}}"""),
            folder.Write("b.json", """{"b":{"latency":{"value":3}}}"""),
        ];

        var apart = await PaddockProgram.RunAsync(["parse", .. files]);
        var folded = await PaddockProgram.RunAsync(["parse", "--fold", "mean", .. files]);

        Assert.Equal(2, JsonNode.Parse(apart.Output)!.AsArray().Count);
        Assert.Equal(2, (double)JsonNode.Parse(folded.Output)!["b"]!["latency"]!["value"]!);
    }

    [Fact]
    public async Task The_human_format_is_a_table_with_readable_units()
    {
        var ended = await PaddockProgram.RunAsync(["parse", "--format", "human"], input: Go);

        Assert.Contains("go_bench read 2 benchmarks, 1 measure.", ended.Error);
        Assert.Contains("40.54 µs", ended.Output);
        Assert.DoesNotContain('\e', ended.Output);
    }

    [Theory]
    [InlineData(
        "no benchmark in here",
        "Adapter magic could not read any result in standard input: no line looks like a result; expected:"
    )]
    [InlineData(
        "BenchmarkX 12 ns/op",
        "line 1 looks like a result: \"BenchmarkX 12 ns/op\"; expected: BenchmarkNAME-8"
    )]
    [InlineData(
        "{\"context\":{\"caches\":[]},\"benchmarks\":[\n{\"name\":\"a\",\"real_time\":\"x\"}]}",
        "left out: a (its real_time is \"x\"); expected:"
    )]
    [InlineData("", "Adapter magic could not read any result in standard input: it is empty; expected:")]
    public async Task Unreadable_input_fails_with_the_reason_and_prints_no_results(string input, string reason)
    {
        var ended = await PaddockProgram.RunAsync(["parse"], input);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
    }

    [Fact]
    public async Task An_average_that_the_harness_does_not_print_is_a_failure()
    {
        var ended = await PaddockProgram.RunAsync(["parse", "--adapter", "go_bench", "--average", "median"], input: Go);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("median", ended.Error);
    }

    [Fact]
    public async Task The_error_message_names_a_missing_file()
    {
        var ended = await PaddockProgram.RunAsync(["parse", "/nowhere/at/all.txt"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("/nowhere/at/all.txt", ended.Error);
    }

    [Theory]
    [InlineData("--adapter", "fortran")]
    [InlineData("--average", "mode")]
    [InlineData("--fold", "sum")]
    [InlineData("--format", "html")]
    public async Task An_unknown_option_value_is_refused_with_the_list_of_known_values(string option, string word)
    {
        var ended = await PaddockProgram.RunAsync(["parse", option, word]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"{option}: \"{word}\" is not one of ", ended.Error);
    }
}
