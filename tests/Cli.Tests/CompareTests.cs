using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

/// <summary>Compares two versions in alternating runs, with real processes whose output states their latency.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("compare-tests").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_slower_head_is_reported_and_fails_the_command_only_with_error_on_alert()
    {
        var ended = await CompareAsync("--base", Print("1000"), "--head", Print("1200"), "--error-on-alert");

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith(
            "1 benchmark is slower: count +20 % (1.20 µs, was 1.00).",
            ended.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("▲ slower", ended.Output);
        Assert.All(ended.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(12, ended.Error.Split('\n').Count(line => line.StartsWith("Pair ", StringComparison.Ordinal)));
        Assert.Equal(0, (await CompareAsync("--base", Print("1000"), "--head", Print("1200"))).ExitCode);
    }

    [Fact]
    public async Task An_equal_or_faster_head_exits_with_0_even_with_error_on_alert()
    {
        var same = await CompareAsync("--base", Print("1000"), "--head", Print("1000"), "--error-on-alert");
        var faster = await CompareAsync("--base", Print("1000"), "--head", Print("700"), "--error-on-alert");

        Assert.Equal((0, 0), (same.ExitCode, faster.ExitCode));
        Assert.StartsWith(
            "Nothing is slower. A change of 1 % or more would have been seen.",
            same.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("✓ faster", faster.Output);
    }

    [Fact]
    public async Task Both_sides_run_equally_often_in_an_order_drawn_from_the_seed()
    {
        string[] arguments =
        [
            "--base",
            $"echo b >> {Log}; {Print("1000")}",
            "--head",
            $"echo h >> {Log}; {Print("1000")}",
            "--pairs",
            "10",
            "--seed",
            "7",
        ];

        await CompareAsync(arguments);
        var first = File.ReadAllLines(Log);
        File.Delete(Log);
        await CompareAsync(arguments);

        Assert.Equal((10, 10), (first.Count(line => line == "b"), first.Count(line => line == "h")));
        Assert.All(first.Chunk(2), pair => Assert.NotEqual(pair[0], pair[1]));
        Assert.Contains("b", first.Where((_, i) => i % 2 == 0));
        Assert.Contains("h", first.Where((_, i) => i % 2 == 0));
        Assert.Equal(first, File.ReadAllLines(Log));
    }

    [Fact]
    public async Task Two_revisions_are_checked_out_set_up_compared_and_removed()
    {
        await GitAsync(
            "init -q -b main && echo 1000 > value && git add value && git commit -qm one && echo 1500 > value && git "
                + "commit -qam two"
        );

        var ended = await CompareAsync(
            "--base-rev",
            "HEAD~1",
            "--head-rev",
            "HEAD",
            "--setup",
            "cp value built",
            "--format",
            "json",
            "--quiet",
            Print("$(cat built)")
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        var report = JsonNode.Parse(ended.Output)!;
        Assert.Equal((12, "slower"), ((int)report["pairs"]!, (string?)report["results"]![0]!["verdict"]!["state"]));
        Assert.Equal(
            (1000, 1500),
            ((double)report["results"]![0]!["base"]![0]!, (double)report["results"]![0]!["head"]![11]!)
        );
        Assert.Equal(0.5, (double)report["results"]![0]!["verdict"]!["effect"]!);
        Assert.Equal("", ended.Error);
        Assert.Single((await GitAsync("worktree list")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(File.Exists(Path.Combine(folder, "built")));
    }

    [Fact]
    public async Task The_error_message_names_the_side_that_fails_or_prints_no_result()
    {
        var failed = await CompareAsync("--base", Print("1000"), "--head", "exit 3");
        var silent = await CompareAsync("--base", Print("1000"), "--head", "true");
        var unknown = await CompareAsync("--base-rev", "nothing", "true");

        Assert.Equal((1, 1, 1), (failed.ExitCode, silent.ExitCode, unknown.ExitCode));
        Assert.Contains("exit code 3", failed.Error);
        Assert.Contains("head of pair 1", failed.Error);
        Assert.Contains("No result can be read in the output of head in pair 1", silent.Error);
        Assert.Contains("Git could not check out \"nothing\"", unknown.Error);
    }

    [Theory]
    [InlineData("--base", "true")]
    [InlineData("true")]
    [InlineData()]
    [InlineData("--base", "a", "--head", "b", "c")]
    [InlineData("--base", "a", "--head", "b", "--pairs", "9")]
    [InlineData("--base-rev", "a", "--base-dir", "b", "c")]
    public async Task Missing_or_conflicting_options_are_refused(params string[] arguments) =>
        Assert.Equal(2, (await CompareAsync(arguments)).ExitCode);

    private string Log => Path.Combine(folder, "log");

    private static string Print(string value) => $"echo '{{\"count\":{{\"latency\":{{\"value\":'{value}'}}}}}}'";

    private Task<Ended> CompareAsync(params string[] arguments) =>
        PaddockProgram.RunAsync(["compare", .. arguments], folder: folder);

    private async Task<string> GitAsync(string arguments)
    {
        using var git = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"git {arguments}"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                Environment =
                {
                    ["GIT_AUTHOR_NAME"] = "a",
                    ["GIT_AUTHOR_EMAIL"] = "a@b",
                    ["GIT_COMMITTER_NAME"] = "a",
                    ["GIT_COMMITTER_EMAIL"] = "a@b",
                },
            }
        )!;
        var output = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        return output;
    }
}
