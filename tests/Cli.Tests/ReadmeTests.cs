using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests;

/// <summary>The commands in README.md do what it says.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(BuiltProgram.Root, "README.md"));

    [Fact]
    public async Task The_terminal_commands_create_reports()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var clone = await Clone.MakeAsync();
        Assert.Equal(3, Blocks.Count);

        foreach (var block in Blocks[..2])
        {
            var ended = await clone.ShellAsync(block, server.Address);
            Assert.True(ended.ExitCode == 0, ended.Error);
        }

        Assert.Equal(2, (await server.GetAsync("/v0/projects/my-project/reports")).TotalCount);
        Assert.Equal(0, (await server.GetAsync("/v0/projects/my-project/thresholds")).TotalCount);
    }

    [Fact]
    public async Task The_workflow_command_is_accepted()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var clone = await Clone.MakeAsync();
        var command = WorkflowCommand.Match(Readme).Groups["code"].Value.ReplaceLineEndings(" ");
        command = Expression
            .Replace(command, "main")
            .Replace("go test -bench .", "paddock mock", StringComparison.Ordinal)
            .Replace("paddock run", "paddock run --dry-run", StringComparison.Ordinal);

        var ended = await clone.ShellAsync(command, server.Address);

        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    [Fact]
    public async Task The_bare_metal_commands_create_a_spec_and_a_runner_that_serves_it()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        using var clone = await Clone.MakeAsync();

        var ended = await clone.ShellAsync(Blocks[2], server.Address, ada.Token);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            (await ada.GetAsync("/v0/specs/quiet-box")).Expect(200)["uuid"]!.ToString(),
            (await ada.GetAsync("/v0/runners/rig")).Expect(200)["specs"]![0]!.ToString()
        );
        var run = RunOnARunner.Match(Readme).Value;
        Assert.NotEmpty(run);
        var asked = await clone.ShellAsync(
            run.Replace("paddock run", "paddock run --dry-run", StringComparison.Ordinal),
            server.Address,
            ada.Token
        );
        Assert.True(asked.ExitCode == 0, asked.Error);
    }

    private static List<string> Blocks => [.. RunByATest.Matches(Readme).Select(match => match.Groups["code"].Value)];

    [GeneratedRegex(@"^paddock run --image .*$", RegexOptions.Multiline)]
    private static partial Regex RunOnARunner { get; }

    [GeneratedRegex(@"<!-- run by a test -->\n```sh\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex RunByATest { get; }

    [GeneratedRegex(@"- run: >\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex WorkflowCommand { get; }

    [GeneratedRegex(@"\$\{\{.*?\}\}")]
    private static partial Regex Expression { get; }

    // A git repository with a commit, in which `paddock` is on the path.
    private sealed class Clone : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("paddock-readme-").FullName;

        public static async Task<Clone> MakeAsync()
        {
            var clone = new Clone();
            var made = await clone.ShellAsync(
                "git init -q -b main && git -c user.name=A -c user.email=a@example.com commit -q --allow-empty -m "
                    + "First",
                host: null
            );
            Assert.True(made.ExitCode == 0, made.Error);
            return clone;
        }

        public Task<Ended> ShellAsync(string script, Uri? host, string token = "") =>
            BuiltProgram.RunAsync(
                "sh",
                ["-ec", script],
                new Dictionary<string, string>
                {
                    ["PATH"] =
                        $"{Path.GetDirectoryName(BuiltProgram.Cli)}:{Environment.GetEnvironmentVariable("PATH")}",
                    ["PADDOCK_HOST"] = host?.ToString() ?? "",
                    ["PADDOCK_PROJECT"] = "my-project",
                    ["PADDOCK_API_TOKEN"] = token,
                },
                folder: folder
            );

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
