using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Integrations;

/// <summary>The CI files of integrations/, linted by the forges' own schemas and run by local runners.</summary>
public sealed class IntegrationTests : IAsyncLifetime
{
    private static readonly string Files = Path.Combine(BuiltProgram.Root, "integrations");
    private static readonly string Tools = Path.Combine(BuiltProgram.Root, "tests", "Ci");

    private readonly Folder folder = Folder.NewRepository();
    private TestServer server = null!;
    private TestUser ada = null!;
    private string key = "";

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        key = (string)(await ada.PostAsync("/v0/projects/rocket/keys", new { name = "CI" })).Expect(201)["key"]!;
        // Puts the program into PATH, as on a CI runner. The GitLab runner copies files with rsync, which no job needs.
        folder.Write("bin/paddock", $"#!/bin/sh\nexec \"{BuiltProgram.Cli}\" \"$@\"\n");
        folder.Write("bin/rsync", "#!/bin/sh\nexit 0\n");
        foreach (var program in Directory.GetFiles(Path.Combine(folder.Path, "bin")))
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        folder.Write("harness.json", Paddock.Testing.Run.Latencies(("a", 12)));
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("action", "github/action.yml")]
    [InlineData("workflow", "github/benchmarks.yml")]
    [InlineData("workflow", "github/fork-measure.yml")]
    [InlineData("workflow", "github/fork-report.yml")]
    [InlineData("workflow", "forgejo/benchmarks.yml")]
    public async Task An_integration_file_is_valid_by_the_schema_of_GitHub_Actions(string kind, string file)
    {
        var linted = await LintAsync(kind, Path.Combine(Files, file));

        Assert.True(linted.ExitCode == 0, linted.Error);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("forgejo")]
    public async Task A_workflow_written_by_init_is_valid_by_the_schema_of_GitHub_Actions(string forge)
    {
        var made = await PaddockProgram.RunAsync(
            ["init", "--forge", forge, "--command", "cargo bench", "--project", "rocket"],
            folder: folder.Path
        );
        Assert.True(made.ExitCode == 0, made.Error);

        var linted = await LintAsync("workflow", Path.Combine(folder.Path, $".{forge}/workflows/benchmarks.yml"));

        Assert.True(linted.ExitCode == 0, linted.Error);
    }

    [Fact]
    public async Task The_linter_rejects_an_invalid_workflow()
    {
        var file = folder.Write("bad.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n");

        Assert.Equal(1, (await LintAsync("workflow", file)).ExitCode);
    }

    [Fact]
    public async Task The_GitHub_action_reports_a_run()
    {
        var inputs = System.Text.Json.JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["project"] = "rocket",
                ["host"] = server.Address.AbsoluteUri,
                ["key"] = key,
                ["command"] = "cat harness.json",
                ["args"] = "--testbed\na box with blanks\n",
                ["comment"] = "false",
            }
        );

        var ran = await BuiltProgram.RunAsync(
            "node",
            [Path.Combine(Tools, "run-action.mjs"), Path.Combine(Files, "github")],
            new Dictionary<string, string> { ["INPUTS"] = inputs, ["PATH"] = PathWithPaddock },
            folder: folder.Path
        );

        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        var report = (await ada.GetAsync("/v0/projects/rocket/reports")).Expect(200)[0]!;
        Assert.Equal("a box with blanks", (string?)report["testbed"]!["name"]);
    }

    [Fact]
    public async Task The_GitHub_action_refuses_a_download_with_a_wrong_checksum()
    {
        var inputs = System.Text.Json.JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["project"] = "rocket",
                ["host"] = server.Address.AbsoluteUri,
                ["command"] = "cat harness.json",
                ["url"] = new Uri(server.Address, "/v0/server/version").AbsoluteUri,
                ["sha256"] = new string('0', 64),
            }
        );

        var ran = await BuiltProgram.RunAsync(
            "node",
            [Path.Combine(Tools, "run-action.mjs"), Path.Combine(Files, "github")],
            new Dictionary<string, string> { ["INPUTS"] = inputs, ["RUNNER_TEMP"] = folder.Path },
            folder: folder.Path
        );

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("has another checksum", ran.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "paddock", "paddock")));
    }

    [Fact]
    public async Task The_GitLab_template_is_valid_by_its_schema_and_reports_a_run()
    {
        File.Copy(
            Path.Combine(Files, "gitlab", "paddock.gitlab-ci.yml"),
            Path.Combine(folder.Path, "paddock.gitlab-ci.yml")
        );
        folder.Write(
            ".gitlab-ci.yml",
            $"""
            include:
              - local: paddock.gitlab-ci.yml
            benchmarks:
              extends: .paddock
              variables:
                PADDOCK_HOST: {server.Address.AbsoluteUri}
                PADDOCK_PROJECT: rocket
                PADDOCK_CMD: cat harness.json

            """
        );
        await GitAsync("init", "--quiet", "--initial-branch", "main");
        await GitAsync("add", "harness.json", ".gitlab-ci.yml", "paddock.gitlab-ci.yml");
        await GitAsync("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "a");
        await GitAsync("remote", "add", "origin", "https://gitlab.example.com/acme/rocket.git");

        var ran = await BuiltProgram.RunAsync(
            "node",
            [
                Path.Combine(Tools, "node_modules", "gitlab-ci-local", "src", "index.js"),
                "benchmarks",
                "--variable",
                $"PADDOCK_API_KEY={key}",
            ],
            new Dictionary<string, string> { ["PATH"] = PathWithPaddock },
            folder: folder.Path
        );

        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        Assert.Contains("json schema validated", ran.Output + ran.Error, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    private string PathWithPaddock =>
        Path.Combine(folder.Path, "bin") + ":" + Environment.GetEnvironmentVariable("PATH");

    private static Task<Ended> LintAsync(string kind, string file) =>
        BuiltProgram.RunAsync("node", [Path.Combine(Tools, "lint.mjs"), kind, file]);

    private async Task GitAsync(params string[] args)
    {
        if (args[0] == "init")
            Directory.Delete(Path.Combine(folder.Path, ".git"), recursive: true);
        var ended = await BuiltProgram.RunAsync("git", args, folder: folder.Path);
        Assert.True(ended.ExitCode == 0, ended.Error);
    }
}
