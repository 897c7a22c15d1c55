using System.Diagnostics;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>A pull request's run finds its merge base without options.</summary>
public sealed class PullRequestTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pull-request-").FullName;
    private readonly List<string> commits = [];
    private TestServer server = null!;
    private TestUser ada = null!;

    private string Clone => Path.Combine(folder, "clone");

    // main has five commits, and the last one is slow. The feature branch forks from the third.
    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        await GitAsync(folder, "init -q -b main origin");
        var origin = Path.Combine(folder, "origin");
        for (var i = 0; i < 5; i++)
        {
            await GitAsync(origin, $"commit -q --allow-empty -m {i}");
            commits.Add((await GitAsync(origin, "rev-parse HEAD")).Trim());
            if (i == 2)
                await GitAsync(origin, "branch feature");
            await ada.RunAsync(
                new("rocket", Paddock.Testing.Run.Latencies(("count", i == 4 ? 500 : 100))) { Hash = commits[i] }
            );
        }
        await GitAsync(origin, "checkout -q feature");
        for (var i = 0; i < 60; i++)
            await GitAsync(origin, $"commit -q --allow-empty -m feature{i}");
        commits.Add((await GitAsync(origin, "rev-parse HEAD")).Trim());
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--depth=1")] // As CI systems check out: one commit, no history.
    public async Task A_pull_request_is_judged_against_its_merge_base(string depth)
    {
        await GitAsync(folder, $"clone -q {depth} --branch feature file://{folder}/origin clone");
        await GitAsync(Clone, "checkout -q --detach");

        var ended = await RunAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains($"The pull request is judged against main at {commits[2][..7]}, the merge base.", ended.Error);
        var report = (await ada.GetAsync("/v0/projects/rocket/reports?branch=feature&expand=true")).Expect(200)[0]!;
        Assert.Equal(commits[2], (string?)report["branch"]!["head"]!["start_point"]!["version"]!["hash"]);
        Assert.Contains($"feature (begins at {commits[2][..7]})", ended.Output);
    }

    [Fact]
    public async Task Start_point_options_win_over_the_detected_merge_base()
    {
        await GitAsync(folder, $"clone -q --branch feature file://{folder}/origin clone");

        await RunAsync("--no-start-point");
        Assert.Null((await ada.GetAsync("/v0/projects/rocket/branches/feature")).Expect(200)["head"]!["start_point"]);

        await RunAsync("--start-point", "main", "--start-point-hash", commits[0]);
        Assert.Equal(
            commits[0],
            (string?)
                (await ada.GetAsync("/v0/projects/rocket/branches/feature")).Expect(200)["head"]!["start_point"]![
                    "version"
                ]!["hash"]
        );
    }

    private Task<Ended> RunAsync(params string[] options) =>
        PaddockProgram.RunAsync(
            [
                "run",
                "--host",
                server.Address.ToString(),
                "--token",
                ada.Token,
                "--project",
                "rocket",
                "--testbed",
                "box",
                .. options,
                $"echo '{Paddock.Testing.Run.Latencies(("count", 100))}'",
            ],
            input: null,
            Clone,
            "GITHUB_HEAD_REF",
            "feature",
            "GITHUB_BASE_REF",
            "main",
            "GITHUB_REF",
            "refs/pull/12/merge",
            "GITHUB_SHA",
            commits[5]
        );

    private static async Task<string> GitAsync(string at, string arguments)
    {
        using var git = Process.Start(
            new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = at,
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
        return git.ExitCode == 0 ? output : throw new InvalidOperationException($"git {arguments} failed");
    }
}
