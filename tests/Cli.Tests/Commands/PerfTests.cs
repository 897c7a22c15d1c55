using System.Runtime.CompilerServices;
using System.Text;
using Paddock.Cli.Commands;

namespace Paddock.Cli.Tests.Commands;

public sealed class PerfTests
{
    private const string Id = "01890000-0000-7000-8000-000000000001";
    private const string Query = $"perf p --branches {Id} --testbeds {Id} --benchmarks {Id} --measures {Id}";
    private const string Answer = """
        {"project":{"name":"The Computer"},"start_time":null,"end_time":null,"results":[
          {"branch":{"name":"main"},"testbed":{"name":"base"},"benchmark":{"name":"größe | ソート"},"measure":{"name":"Latency","units":"nanoseconds (ns)"},"metrics":[
            {"iteration":0,"start_time":"2025-03-01T12:00:00Z","end_time":"2025-03-01T12:00:01Z","version":{"number":3,"hash":null},
             "metric":{"value":1.50},"boundary":null,"threshold":null,"alert":null},
            {"iteration":1,"start_time":"2025-03-02T12:00:00Z","end_time":"2025-03-02T12:00:01Z","version":{"number":4,"hash":"0123456789abcdef0123456789abcdef01234567"},
             "metric":{"value":1e3},"boundary":{"baseline":1.5,"lower_limit":null,"upper_limit":2.25},"threshold":null,"alert":null}]},
          {"branch":{"name":"main"},"testbed":{"name":"base"},"benchmark":{"name":"\u001b[31mred"},"measure":{"name":"Latency","units":"ns"},"metrics":[]}]}
        """;

    [Fact]
    public async Task Perf_prints_JSON_when_no_table_is_requested()
    {
        await using var server = await RecordingServer.StartAsync(200, Answer);

        var ended = await AnswerTests.PaddockAsync(server, Query);

        Assert.Equal(0, ended.ExitCode);
        Assert.StartsWith("{\n  \"project\": {", ended.Output);
    }

    [Theory]
    [InlineData("--table", "+--------------+--------+")]
    [InlineData("--table=ascii", "+--------------+--------+")]
    [InlineData("--table markdown", "| Project      | Branch |")]
    public async Task A_table_has_a_row_for_each_metric(string option, string begin)
    {
        await using var server = await RecordingServer.StartAsync(200, Answer);

        var ended = await AnswerTests.PaddockAsync(server, $"{Query} {option}");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.StartsWith(begin, ended.Output);
        Assert.Equal(
            2,
            ended.Output.Split('\n').Count(line => line.Contains(" The Computer ", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_row_leaves_the_cells_of_missing_values_empty()
    {
        var rows = PerfTable.Rows(Encoding.UTF8.GetBytes(Answer));

        Assert.Equal(
            [
                "The Computer",
                "main",
                "base",
                "größe | ソート",
                "Latency: nanoseconds (ns)",
                "0",
                "2025-03-01T12:00:00Z",
                "2025-03-01T12:00:01Z",
                "3",
                "",
                "1.50",
                "",
                "",
                "",
            ],
            rows[0]
        );
        Assert.Equal(["4", "0123456789abcdef0123456789abcdef01234567", "1e3", "1.5", "", "2.25"], rows[1][8..]);
        Assert.Equal(2, rows.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"results":[{}]}""")]
    [InlineData("""{"results":{}}""")]
    public void An_answer_of_unexpected_form_cannot_become_a_table(string answer) =>
        Assert.Throws<Failure>(() => PerfTable.Rows(Encoding.UTF8.GetBytes(answer)));

    [Fact]
    public void Every_table_style_matches_its_recorded_output()
    {
        string[] columns = ["Name", "Größe"];
        string[][] some =
        [
            ["a|b", "1"],
            ["ソート", ""],
            ["\u001b[31m", "3"],
        ];
        var drawn = new StringBuilder();
        foreach (var (name, style) in TableStyle.All)
            drawn.Append($"=== {name}\n{style.Draw(columns, some)}\n--- without rows\n{style.Draw(columns, [])}\n\n");
        var file = Path.Combine(Folder(), "tables.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(file, drawn.ToString());

        Assert.Equal(File.ReadAllText(file), drawn.ToString());
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
