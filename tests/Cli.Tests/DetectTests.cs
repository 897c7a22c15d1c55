using System.Globalization;
using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

/// <summary>
/// <c>paddock detect --stdio</c> reads one series per line, and answers each with one line of alarms.
/// </summary>
public sealed class DetectTests
{
    [Fact]
    public async Task Detection_by_waiting_finds_a_step_from_the_values_after_it()
    {
        var ended = await PaddockProgram.RunAsync(
            ["detect", "--stdio", "--by", "waiting"],
            input: Series("a", Step) + Series("b", i => 100 + i % 7)
        );

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        var results = ended.Output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["a", "b"], results.Select(r => (string)r["id"]!));
        var alarm = Assert.Single(results[0]["alarms"]!.AsArray())!;
        Assert.Equal((80, "up"), ((int)alarm["index"]!, (string)alarm["dir"]!));
        Assert.InRange((int)alarm["at"]!, 82, 90);
        Assert.Empty(results[1]["alarms"]!.AsArray());
    }

    [Fact]
    public async Task Detection_by_pairs_requests_a_rerun_that_proves_or_refutes_the_step()
    {
        string Answer(double head) =>
            $$"""{"type":"rerun","a":[{{List(40, _ => 100)}}],"b":[{{List(40, i => head + i % 3 * 0.1)}}]}""" + "\n";
        var proven = await PaddockProgram.RunAsync(
            ["detect", "--stdio"],
            input: Series("a", Step, count: 81) + Answer(120)
        );
        var refuted = await PaddockProgram.RunAsync(
            ["detect", "--stdio"],
            input: Series("a", Step, count: 81) + Answer(99.9)
        );

        var asked = JsonNode.Parse(proven.Output.Split('\n')[0])!;
        Assert.Equal(("rerun", 80, true), ((string)asked["type"]!, (int)asked["head"]!, (int)asked["base"]! < 80));
        Assert.Single(JsonNode.Parse(proven.Output.Split('\n')[1])!["alarms"]!.AsArray());
        Assert.Empty(JsonNode.Parse(refuted.Output.Split('\n')[1])!["alarms"]!.AsArray());
    }

    [Fact]
    public async Task A_missing_value_keeps_its_index_in_the_series()
    {
        var ended = await PaddockProgram.RunAsync(
            ["detect", "--stdio", "--by", "waiting"],
            input: Series("a", Step).Replace("[100,", "[null,", StringComparison.Ordinal)
        );

        Assert.Equal(80, (int)JsonNode.Parse(ended.Output)!["alarms"]![0]!["index"]!);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "has no \"values\"")]
    [InlineData("""{"values":3}""", "is not an array of numbers")]
    [InlineData("""{"values":[1],"start":"x"}""", "is not a whole number")]
    [InlineData("""{"values":[1],"start":0}""", "has no \"id\"")]
    public async Task An_unreadable_input_line_fails_with_the_reason(string line, string why)
    {
        var ended = await PaddockProgram.RunAsync(["detect", "--stdio"], input: line + "\n");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(why, ended.Error);
    }

    [Theory]
    [InlineData("--stdio is missing")]
    [InlineData("\"luck\" is not one of pairs, waiting, reruns, repeats", "--stdio", "--by", "luck")]
    [InlineData("\"0\" is not a number from 1 to 100000", "--stdio", "--series", "0")]
    public async Task Missing_or_invalid_options_are_refused_with_the_reason(string why, params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["detect", .. args], input: "");

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(why, ended.Error);
    }

    private static double Step(int commit) => (commit < 80 ? 100 : 120) + commit % 7 * 0.3;

    private static string Series(string id, Func<int, double> value, int count = 100) =>
        $$"""{"type":"series","id":"{{id}}","start":50,"values":[{{List(count, value)}}]}""" + "\n";

    private static string List(int count, Func<int, double> value) =>
        string.Join(',', Enumerable.Range(0, count).Select(i => value(i).ToString(CultureInfo.InvariantCulture)));
}
