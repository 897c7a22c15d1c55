using System.Text.Json.Nodes;

namespace Paddock.Cli.Tests;

/// <summary>A pattern from the command line, an environment variable, and a file.</summary>
public sealed class PatternOptionTests
{
    private const string Pattern = @"^job (?<benchmark>\w+): (?<value>[0-9.]+) (?<unit>\w+)$";
    private const string Output = "chatter\njob sort: 12.5 ms\n";

    [Fact]
    public async Task A_pattern_can_come_from_the_command_line()
    {
        var ended = await PaddockProgram.RunAsync(
            ["parse", "--adapter", "pattern", "--pattern", Pattern],
            input: Output
        );

        Assert.Equal(12_500_000, (double)JsonNode.Parse(ended.Output)!["sort"]!["latency"]!["value"]!);
    }

    [Fact]
    public async Task A_settings_file_applies_to_its_folder_and_all_folders_below()
    {
        using var folder = Folder.New();
        folder.Write("paddock.toml", $"# How we print.\nadapter = \"pattern\"\npattern = '{Pattern}' # Ours.\n");
        folder.Write("below/it/here.txt", Output);

        var ended = await PaddockProgram.RunAsync(
            ["parse", "here.txt"],
            folder: Path.Combine(folder.Path, "below", "it")
        );
        var named = await PaddockProgram.RunAsync(
            ["parse", "--adapter", "go_bench", "here.txt"],
            folder: Path.Combine(folder.Path, "below", "it")
        );

        Assert.Equal((0, "pattern read 1 benchmark, 1 measure.\n"), (ended.ExitCode, ended.Error));
        Assert.Equal(1, named.ExitCode); // The command line wins.
    }

    [Theory]
    [InlineData("adapter", "line 1: this is not valid TOML")]
    [InlineData(
        "\n# x\nport = \"x\"",
        "line 3: \"port\" is not a known setting; allowed: host, project, testbed, adapter"
    )]
    [InlineData(
        "\nadapter.of.ours = 'json'",
        "line 2: \"adapter.of.ours\" is not a known setting; allowed: host, project, testbed, adapter"
    )]
    [InlineData(
        "adapter = 'json'\n\n[server]\nhost = 'x'",
        "line 3: the table \"server\" is not known; allowed: thresholds.MEASURE"
    )]
    [InlineData("[[runs]]\nadapter = 'json'", "line 1: the table \"runs\" is not known")]
    [InlineData("adapter = pattern", "line 1: this is not valid TOML")]
    [InlineData("adapter = 'json' measures = 'all'", "line 1: this is not valid TOML")]
    [InlineData("adapter = \"a\\q\"", "line 1: this is not valid TOML")]
    [InlineData("adapter = 'json'\nadapter = 'json'", "line 2: this is not valid TOML")]
    [InlineData("\nadapter = ['json']", "line 2: the value of adapter must be one string")]
    [InlineData("\nadapter = 7", "line 2: the value of adapter must be one string")]
    [InlineData("average = { is = 'mean' }", "line 1: the value of average must be one string")]
    [InlineData("adapter = 'fortran'", "\"fortran\" is not one of")]
    [InlineData("pattern = '('", "is not a valid pattern")]
    public async Task An_invalid_settings_file_is_refused_with_the_reason(string text, string reason)
    {
        using var folder = Folder.New();
        folder.Write("paddock.toml", text);

        var ended = await PaddockProgram.RunAsync(["parse", "-"], input: "{}", folder: folder.Path);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"adapter\" = 'pattern'\n'pattern'='{0}'\n")]
    [InlineData("adapter = \"\"\"pattern\"\"\"\r\npattern = '''\r\n{0}'''\r\n")]
    [InlineData("adapter = \"p\\u0061ttern\" # ours\n\n\tpattern\t=\t'{0}'")]
    [InlineData("pattern = '{0}'\nadapter = \"\"\"\\\n    pat\\\n    tern\"\"\"")]
    [InlineData("\ufeffadapter = 'pattern'\npattern = '{0}'")]
    [InlineData("pattern = '{0}'\nadapter = 'pattern'\n# [not a table]\n")]
    public async Task A_settings_file_may_use_any_TOML_syntax(string text)
    {
        using var folder = Folder.New();
        folder.Write("paddock.toml", text.Replace("{0}", Pattern, StringComparison.Ordinal));

        var ended = await PaddockProgram.RunAsync(["parse", "-"], input: Output, folder: folder.Path);

        Assert.Equal((0, "pattern read 1 benchmark, 1 measure.\n"), (ended.ExitCode, ended.Error));
    }

    [Theory]
    [InlineData("--adapter pattern needs --pattern.", "--adapter", "pattern")]
    [InlineData("--pattern needs --adapter pattern.", "--pattern", "(?<benchmark>a)(?<value>1)")]
    [InlineData("is not a valid pattern", "--adapter", "pattern", "--pattern", @"(?<benchmark>a)\1(?<value>1)")]
    public async Task The_pattern_adapter_and_a_valid_pattern_require_each_other(string reason, params string[] options)
    {
        var ended = await PaddockProgram.RunAsync(["parse", .. options], input: Output);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(reason, ended.Error, StringComparison.Ordinal);
    }
}
