using System.Text.Json.Nodes;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests;

/// <summary>What a person at the machine types.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Run_prints_what_the_image_prints_and_ends_as_it_does()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox(config: c => (c["Entrypoint"], c["Cmd"], c["WorkingDir"], c["User"]) = (new JsonArray("/bin/echo", "hello"), new JsonArray("world"), "/work/here", "bench"));

        var plain = await RunAsync(data, "--image", image.Folder);
        Assert.Equal((0, "hello world\n", ""), (plain.ExitCode, plain.Output, plain.Error));

        var own = await RunAsync(data, "--image", image.Folder, "--cmd", "my", "world", "--iter", "2");
        Assert.Equal("hello my world\nhello my world\n", own.Output);

        var shell = await RunAsync(data, "--image", image.Folder, "--entrypoint", "sh", "-c", "pwd; id -u; id -G; echo $A $HOME; echo oops >&2; echo kept > f; exit 4", "--env", "A=b=c", "--file", "/tmp/none", "--output", "f");
        Assert.Equal((1, "/work/here\n1234\n1235 77\nb=c /\n"), (shell.ExitCode, shell.Output));
        Assert.Contains("oops\n", shell.Error, StringComparison.Ordinal);
        Assert.Contains("error: The benchmark ended with exit code 4.", shell.Error, StringComparison.Ordinal);

        var none = await RunAsync(data, "--image", image.Folder, "--iter", "0");
        Assert.Equal((0, ""), (none.ExitCode, none.Output));
    }

    [Fact]
    public async Task Run_on_the_host_needs_permission()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox();
        var refused = await RunAsync(data, "--image", image.Folder, "--sandbox", "host", "--cmd", "true");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("demands the sandbox host, which this runner cannot give", refused.Error, StringComparison.Ordinal);
        var allowed = await RunAsync(data, "--image", image.Folder, "--sandbox", "host", "--allow-host", "--cmd", "echo", "free");
        Assert.Equal((0, "free\n"), (allowed.ExitCode, allowed.Output));
    }

    [Fact]
    public async Task More_than_the_machine_has_is_refused()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox();
        foreach (var (option, word) in new[] { ("--cpu", "processors"), ("--memory", "memory"), ("--disk", "disk") })
        {
            var refused = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["run", "--data", data.Path, "--no-tuning", "--image", image.Folder, option, option == "--cpu" ? "8000" : "1000000000", "--cmd", "true"]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(word, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_says_what_the_machine_can_do()
    {
        using var data = new Folder();
        var json = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path, "--format", "json"]);
        Assert.Equal(0, json.ExitCode);
        Assert.Contains(JsonNode.Parse(json.Output)!.AsArray(), f => (string)f!["name"]! == "container" && (bool)f["ok"]! && ((string)f["sentence"]!).Length > 0);
        var human = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path]);
        Assert.Contains("yes container", human.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "--runner is missing")]
    [InlineData("up --runner r", "--key is missing")]
    [InlineData("up --runner r --key k --host nonsense", "--host: \"nonsense\" is not")]
    [InlineData("up --runner r --key k --slots 0", "--slots: \"0\" is not a whole number from 1 to 64")]
    [InlineData("up --poll-timeout 901 --runner r --key k", "from 1 to 900")]
    [InlineData("run", "--image")]
    [InlineData("run --image nothing-here", "neither a folder with an image nor a reference")]
    [InlineData("run --image . --env A", "NAME=VALUE")]
    [InlineData("nonsense", "not expected")]
    public async Task A_command_line_that_makes_no_sense_is_refused_with_a_sentence(string line, string sentence)
    {
        var refused = await BuiltProgram.RunAsync(BuiltProgram.Runner, line.Split(' '));
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_folder_belongs_to_one_process()
    {
        using var data = new Folder();
        using var held = Runner.Daemon.DataFolder.Open(data.Path);
        var second = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path]);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("in use by another paddock-runner", second.Error, StringComparison.Ordinal);
    }

    private static Task<Ended> RunAsync(Folder data, params string[] arguments) => BuiltProgram.RunAsync(BuiltProgram.Runner, ["run", "--data", data.Path, "--no-tuning", "--noise-duration", "0", "--memory", "64", "--disk", "32", .. arguments]);

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("paddock-data-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
