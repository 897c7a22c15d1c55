using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>The settings that <c>paddock run</c> reads from <c>paddock.toml</c>.</summary>
public sealed class SettingsFileTests : IAsyncLifetime
{
    private readonly Folder folder = Folder.NewRepository();
    private TestServer server = null!;

    public async Task InitializeAsync() => server = await TestServer.StartAsync(Engine.Sqlite);

    public async Task DisposeAsync()
    {
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Init_writes_every_setting_that_a_run_needs()
    {
        string[] options =
        [
            "init",
            .. (string[])["--host", server.Address.AbsoluteUri],
            .. (string[])["--project", "rocket", "--testbed", "My Box", "--adapter", "json", "--measures", "all"],
            .. (string[])["--command", "echo '{\"a\": {\"latency\": {\"value\": 1}}}'", "--forge", "github"],
            .. (string[])["--threshold-measure", "latency", "--threshold-test", "t_test"],
            .. (string[])["--threshold-max-sample-size", "64", "--threshold-upper-boundary", "0.99"],
            .. (string[])["--threshold-measure", "My Heap", "--threshold-test", "percentage"],
            .. (string[])["--threshold-max-sample-size", "_", "--threshold-upper-boundary", "0.1"],
            "--thresholds-reset",
        ];
        var written = await PaddockProgram.RunAsync(options, folder: folder.Path);
        Assert.True(written.ExitCode == 0, written.Error);

        var body = await BodyAsync([]);

        Assert.Equal(("rocket", "My Box"), ((string)body["project"]!, (string)body["testbed"]!));
        Assert.Equal(("json", "all"), ((string)body["settings"]!["adapter"]!, (string)body["settings"]!["measures"]!));
        Assert.Contains("latency", (string)body["results"]![0]!, StringComparison.Ordinal);
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {"models":{"latency":{"test":"t_test","max_sample_size":64,"upper_boundary":0.99},"My Heap":{"test":"percentage","upper_boundary":0.1}},"reset":true}
                    """
                ),
                body["thresholds"]
            ),
            body["thresholds"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task The_command_line_wins_over_the_settings_file()
    {
        folder.Write(
            "paddock.toml",
            $"""
            host = "{server.Address.AbsoluteUri}"
            project = "rocket"
            testbed = "box"
            command = "false"
            iter = 3
            fold = "min"
            file = ["one.json", "two.json"]

            [thresholds.latency]
            test = "static"
            upper_boundary = 5
            """
        );
        folder.Write("one.json", "{}");
        folder.Write("two.json", "{}");

        var plain = await BodyAsync(["true"]);
        var given = await BodyAsync([
            .. (string[])["--project", "other", "--testbed", "lab", "--iter", "1", "--file", "one.json"],
            .. (string[])
                ["--threshold-measure", "size", "--threshold-test", "static", "--threshold-upper-boundary", "1"],
            "true",
        ]);

        Assert.Equal(6, plain["results"]!.AsArray().Count);
        Assert.Equal("min", (string)plain["settings"]!["fold"]!);
        Assert.Equal(5, (double)plain["thresholds"]!["models"]!["latency"]!["upper_boundary"]!);
        Assert.Equal(("other", "lab"), ((string)given["project"]!, (string)given["testbed"]!));
        Assert.Single(given["results"]!.AsArray());
        Assert.Equal("size", given["thresholds"]!["models"]!.AsObject().Single().Key);
    }

    [Fact]
    public async Task A_key_is_not_sent_to_a_server_named_only_in_the_settings_file()
    {
        folder.Write("paddock.toml", $"host = \"{server.Address.AbsoluteUri}\"\nproject = \"rocket\"\n");
        var key = "bencher_user_" + new string('a', 30);

        var refused = await PaddockProgram.RunAsync(
            ["run", "echo '{}'"],
            input: null,
            folder.Path,
            "PADDOCK_API_KEY",
            key
        );

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("paddock login", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key = \"bencher_user_x\"", "line 1", "\"key\" is not a known setting; allowed: ")]
    [InlineData("host = 5", "line 1", "the value of host must be one string")]
    [InlineData("iter = [[1]]", "line 1", "the value of iter")]
    [InlineData("[limits]\na = 1", "line 1", "[thresholds.latency]")]
    [InlineData("[thresholds.latency]\nupper_boundary = 1", "line 1", "has no test")]
    [InlineData(
        "[thresholds.latency]\ntest = \"static\"\nmax = 1",
        "line 3",
        "\"max\" is not a known setting of a threshold; allowed: "
    )]
    public async Task An_unknown_or_invalid_setting_is_refused_with_its_line(string text, string line, string reason)
    {
        folder.Write("paddock.toml", text);

        var refused = await PaddockProgram.RunAsync(["run", "--project", "rocket", "true"], folder: folder.Path);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(line, refused.Error, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
    }

    private async Task<JsonObject> BodyAsync(string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["run", "--dry-run", .. args], folder: folder.Path);
        Assert.True(ended.ExitCode == 0, ended.Error);
        var shown = ended.Output[(ended.Output.IndexOf("Would send:", StringComparison.Ordinal) + 11)..];
        return JsonNode.Parse(shown)!.AsObject();
    }
}
