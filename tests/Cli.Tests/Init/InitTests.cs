namespace Paddock.Cli.Tests.Init;

public sealed class InitTests
{
    [Theory]
    [InlineData(
        "github",
        ".github/workflows/benchmarks.yml",
        "--github-actions \"$GITHUB_TOKEN\" 'go test -run '\\''^$'\\'' -bench . ./...'"
    )]
    [InlineData("gitlab", ".gitlab-ci.yml", "paddock run --project rocket 'go test -run '\\''^$'\\'' -bench . ./...'")]
    [InlineData(
        "forgejo",
        ".forgejo/workflows/benchmarks.yml",
        "PADDOCK_FORGE_TOKEN: ${{ secrets.PADDOCK_FORGE_TOKEN }}"
    )]
    [InlineData("bitbucket", "bitbucket-pipelines.yml", "export PADDOCK_HOST=https://bench.example.com")]
    public async Task Init_writes_the_settings_file_and_the_CI_file_of_the_forge(
        string forge,
        string file,
        string expected
    )
    {
        using var folder = Folder.NewRepository();
        folder.Write("go.mod", "module example.com/rocket\n");

        var ended = await RunAsync(folder, "--forge", forge, "--project", "rocket", "--adapter", "go_bench");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            """
            host = "https://bench.example.com"
            project = "rocket"
            adapter = "go_bench"
            command = "go test -run '^$' -bench . ./..."

            """,
            await File.ReadAllTextAsync(Path.Combine(folder.Path, "paddock.toml"))
        );
        var text = await File.ReadAllTextAsync(Path.Combine(folder.Path, file));
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Contains("PADDOCK_HOST", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\t', text);
        Assert.Contains("PADDOCK_API_KEY", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_leaves_existing_files_unchanged()
    {
        using var folder = Folder.NewRepository();
        folder.Write("paddock.toml", "adapter = \"json\"\n");
        folder.Write(".gitlab-ci.yml", "mine");

        var ended = await RunAsync(folder, "--command", "make bench");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("adapter = \"json\"\n", await File.ReadAllTextAsync(Path.Combine(folder.Path, "paddock.toml")));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(folder.Path, ".gitlab-ci.yml")));
        Assert.Contains(".gitlab-ci.yml exists already and was not changed.", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("git@github.com:acme/rocket.git", ".github/workflows/benchmarks.yml")]
    [InlineData("https://gitlab.example.com/acme/rocket.git", ".gitlab-ci.yml")]
    [InlineData("https://codeberg.org/acme/rocket", ".forgejo/workflows/benchmarks.yml")]
    [InlineData("https://bitbucket.org/acme/rocket", "bitbucket-pipelines.yml")]
    public async Task Init_recognizes_the_forge_by_the_URL_of_the_remote(string url, string file)
    {
        using var folder = Folder.NewRepository();
        folder.Write(".git/config", $"[remote \"origin\"]\n\turl = {url}\n");

        Assert.Equal(0, (await RunAsync(folder, "--command", "make bench")).ExitCode);

        Assert.Contains(
            "--project rocket",
            await File.ReadAllTextAsync(Path.Combine(folder.Path, file)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Init_fails_and_writes_nothing_when_the_benchmark_command_is_unknown()
    {
        using var folder = Folder.NewRepository();

        var ended = await RunAsync(folder);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("--command", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "paddock.toml")));
    }

    [Theory]
    [InlineData("Cargo.toml", "[dev-dependencies]\ncriterion = \"0.5\"\n", "rust_criterion", "cargo bench")]
    [InlineData("Cargo.toml", "[package]\n", "rust_bench", "cargo bench")]
    [InlineData("asv.conf.json", "{}", "python_asv", "asv run")]
    [InlineData("pyproject.toml", "dependencies = [\"pytest-benchmark\"]", "python_pytest", "pytest --benchmark-only")]
    [InlineData(
        "package.json",
        """{"scripts": {"bench": "node b.js"}, "devDependencies": {"mitata": "1"}}""",
        "js_mitata",
        "npm run --silent bench"
    )]
    [InlineData(
        "bench/Bench.csproj",
        "<PackageReference Include=\"BenchmarkDotNet\" />",
        "c_sharp_dot_net",
        "--project 'bench/Bench.csproj'"
    )]
    public async Task Init_recognizes_the_harness_by_the_files_in_the_folder(
        string file,
        string text,
        string adapter,
        string command
    )
    {
        using var folder = Folder.NewRepository();
        folder.Write(file, text);

        Assert.Equal(0, (await RunAsync(folder, "--forge", "github")).ExitCode);

        var written = await File.ReadAllTextAsync(Path.Combine(folder.Path, "paddock.toml"));
        Assert.Contains($"adapter = \"{adapter}\"", written, StringComparison.Ordinal);
        Assert.Contains(command, written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_init_changes_nothing()
    {
        using var folder = Folder.NewRepository();
        string[] options = ["--forge", "github", "--command", "make bench"];
        await RunAsync(folder, options);
        var before = Directory
            .GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .ToDictionary(file => file, File.ReadAllText);

        Assert.Equal(0, (await RunAsync(folder, [.. options, "--project", "other"])).ExitCode);

        Assert.Equal(
            before,
            Directory
                .GetFiles(folder.Path, "*", SearchOption.AllDirectories)
                .ToDictionary(file => file, File.ReadAllText)
        );
    }

    private static Task<Ended> RunAsync(Folder folder, params string[] options) =>
        PaddockProgram.RunAsync(["init", "--host", "https://bench.example.com", .. options], folder: folder.Path);
}
