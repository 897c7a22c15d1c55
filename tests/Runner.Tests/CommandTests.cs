using System.Text.Json.Nodes;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests;

/// <summary>The commands that a person types on the runner's machine.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Run_prints_the_output_of_the_image_and_exits_with_its_exit_code()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox(config: c =>
            (c["Entrypoint"], c["Cmd"], c["WorkingDir"], c["User"]) = (
                new JsonArray("/bin/echo", "hello"),
                new JsonArray("world"),
                "/work/here",
                "bench"
            )
        );

        var plain = await RunAsync(data, "--image", image.Folder);
        Assert.Equal((0, "hello world\n", ""), (plain.ExitCode, plain.Output, plain.Error));

        var own = await RunAsync(data, "--image", image.Folder, "--cmd", "my", "world", "--iter", "2");
        Assert.Equal("hello my world\nhello my world\n", own.Output);

        var shell = await RunAsync(
            data,
            "--image",
            image.Folder,
            "--entrypoint",
            "sh",
            "-c",
            "pwd; id -u; id -G; echo $A $HOME; echo oops >&2; echo kept > f; exit 4",
            "--env",
            "A=b=c",
            "--file",
            "/tmp/none",
            "--output",
            "f"
        );
        Assert.Equal((1, "/work/here\n1234\n1235 77\nb=c /\n"), (shell.ExitCode, shell.Output));
        Assert.Contains("oops\n", shell.Error, StringComparison.Ordinal);
        Assert.Contains("error: The benchmark ended with exit code 4.", shell.Error, StringComparison.Ordinal);

        var none = await RunAsync(data, "--image", image.Folder, "--iter", "0");
        Assert.Equal((0, ""), (none.ExitCode, none.Output));
    }

    [Fact]
    public async Task Run_in_the_host_sandbox_needs_the_allow_host_option()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox();
        var refused = await RunAsync(data, "--image", image.Folder, "--sandbox", "host", "--cmd", "true");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            "requires the sandbox host, which this runner does not offer",
            refused.Error,
            StringComparison.Ordinal
        );
        var allowed = await RunAsync(
            data,
            "--image",
            image.Folder,
            "--sandbox",
            "host",
            "--allow-host",
            "--cmd",
            "echo",
            "free"
        );
        Assert.Equal((0, "free\n"), (allowed.ExitCode, allowed.Output));
    }

    [Fact]
    public async Task Run_refuses_more_resources_than_the_machine_has()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox();
        foreach (var (option, word) in new[] { ("--cpu", "processors"), ("--memory", "memory"), ("--disk", "disk") })
        {
            var refused = await BuiltProgram.RunAsync(
                BuiltProgram.Runner,
                [
                    "run",
                    "--data",
                    data.Path,
                    "--no-tuning",
                    "--image",
                    image.Folder,
                    option,
                    option == "--cpu" ? "8000" : "1000000000",
                    "--cmd",
                    "true",
                ]
            );
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(word, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_reports_the_capabilities_of_the_machine()
    {
        using var data = new Folder();
        var json = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path, "--format", "json"]);
        Assert.Equal(0, json.ExitCode);
        Assert.Contains(JsonNode.Parse(json.Output)!.AsArray(), f =>
            (string)f!["name"]! == "container" && (bool)f["ok"]! && ((string)f["sentence"]!).Length > 0
        );
        var human = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path]);
        Assert.Contains("yes container", human.Output, StringComparison.Ordinal);
    }

    [Theory, InlineData("paddock/runner"), InlineData(".")]
    public async Task Check_leaves_no_files_behind(string below)
    {
        using var parent = new Folder();

        var found = await BuiltProgram.RunAsync(
            BuiltProgram.Runner,
            ["check", "--data", Path.Combine(parent.Path, below), "--noise-duration", "0", "--format", "json"]
        );

        Assert.Equal(0, found.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(parent.Path));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Check_reports_the_problem_when_the_container_runtime_is_missing_or_fails(bool hasCrun)
    {
        using var data = new Folder();
        using var programs = new Folder();
        if (hasCrun)
        {
            var crun = Path.Combine(programs.Path, "crun");
            File.WriteAllText(
                crun,
                """
                #!/bin/sh
                [ "$1" = --version ] && echo "crun version 9.9" && exit
                echo "this one starts nothing" >&2
                exit 1
                """
            );
            File.SetUnixFileMode(crun, (UnixFileMode)0x1ed);
        }
        // In a separate mount namespace that hides the machine's own runc and crun.
        const string Hide =
            """for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do for name in runc crun; do [ ! -e $folder/$name ] || mount --bind /dev/null $folder/$name; done; done; exec "$@" """;
        var said = await BuiltProgram.RunAsync(
            "unshare",
            [
                "--mount",
                "sh",
                "-ec",
                Hide,
                "sh",
                BuiltProgram.Runner,
                "check",
                "--data",
                data.Path,
                "--noise-duration",
                "0",
                "--format",
                "json",
            ],
            new Dictionary<string, string>
            {
                ["PATH"] = $"{programs.Path}:{Environment.GetEnvironmentVariable("PATH")}",
            }
        );

        var container = Assert.Single(JsonNode.Parse(said.Output)!.AsArray(), finding =>
            (string)finding!["name"]! == "container"
        )!;
        Assert.False((bool)container["ok"]!);
        var why = ControlGroups.MixedFor("crun 9.9") ?? "this one starts nothing";
        if (hasCrun)
            Assert.Matches(
                $"^crun 9.9: .*{System.Text.RegularExpressions.Regex.Escape(why)}",
                (string)container["sentence"]!
            );
        else
            Assert.Equal("no OCI runtime is installed (Debian: runc or crun)", (string)container["sentence"]!);
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
    public async Task An_invalid_command_line_is_refused_with_the_reason(string line, string sentence)
    {
        var refused = await BuiltProgram.RunAsync(BuiltProgram.Runner, line.Split(' '));
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_that_is_readable_by_others_or_empty_is_refused()
    {
        using var data = new Folder();
        var key = Path.Combine(data.Path, "key");
        File.WriteAllText(key, "paddock_runner_secret\n");
        File.SetUnixFileMode(key, (UnixFileMode)0x1a4);
        var open = await BuiltProgram.RunAsync(
            BuiltProgram.Runner,
            ["up", "--runner", "r", "--key-file", key, "--host", "http://127.0.0.1:1", "--data", data.Path]
        );
        Assert.Equal(1, open.ExitCode);
        Assert.Contains("can be read by other users", open.Error, StringComparison.Ordinal);
        File.WriteAllText(key, "");
        File.SetUnixFileMode(key, (UnixFileMode)0x180);
        var empty = await BuiltProgram.RunAsync(
            BuiltProgram.Runner,
            ["up", "--runner", "r", "--host", "http://127.0.0.1:1", "--data", data.Path],
            new Dictionary<string, string> { ["PADDOCK_RUNNER_KEY_FILE"] = key }
        );
        Assert.Equal(1, empty.ExitCode);
        Assert.Contains("must hold exactly one line, the secret", empty.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_in_the_output_of_an_image_are_escaped_unless_raw_output_is_requested()
    {
        using var data = new Folder();
        using var image = TestImage.Busybox();
        string[] print =
        [
            "--image",
            image.Folder,
            "--entrypoint",
            "sh",
            "-c",
            "printf 'a\\033]0;title\\007\\tb\\r\\n\\302\\233c'; printf '\\033[2J' >&2",
        ];
        var shown = await RunAsync(data, print);
        Assert.Equal(("a^[]0;title^G\tb\r\n<U+009B>c", "^[[2J"), (shown.Output, shown.Error));
        var raw = await RunAsync(data, [.. print, "--raw"]);
        Assert.Equal(("a\u001b]0;title\u0007\tb\r\n\u009bc", "\u001b[2J"), (raw.Output, raw.Error));
    }

    [Theory]
    [InlineData(true, "root in the container is an unprivileged user on this host")]
    [InlineData(false, "NO user namespace")]
    public async Task User_namespaces_of_containers_depend_only_on_the_file_system_of_the_images(
        bool isTemporary,
        string expected
    )
    {
        using var data = new Folder();
        using var memory = new Folder();
        // ramfs supports no ID-mapped mounts on any kernel; tmpfs did not before Linux 6.3.
        string[] within = ["unshare", "-m", "sh", "-c", "mount -t ramfs ramfs \"$0\" && exec \"$@\"", memory.Path];

        var found = await BuiltProgram.RunAsync(
            within[0],
            [
                .. within[1..],
                BuiltProgram.Runner,
                "check",
                "--data",
                isTemporary ? data.Path : memory.Path,
                "--runtime",
                "runc",
                "--noise-duration",
                "0",
            ],
            new Dictionary<string, string> { ["TMPDIR"] = isTemporary ? memory.Path : data.Path }
        );

        Assert.Contains("yes container", found.Output, StringComparison.Ordinal);
        Assert.Contains(expected, found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_folder_can_be_used_by_only_one_process()
    {
        using var data = new Folder();
        using var held = Runner.Daemon.DataFolder.Open(data.Path);
        var second = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--data", data.Path]);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("in use by another paddock-runner", second.Error, StringComparison.Ordinal);
    }

    private static Task<Ended> RunAsync(Folder data, params string[] arguments) =>
        BuiltProgram.RunAsync(
            BuiltProgram.Runner,
            [
                "run",
                "--data",
                data.Path,
                "--no-tuning",
                "--noise-duration",
                "0",
                "--memory",
                "64",
                "--disk",
                "32",
                .. arguments,
            ]
        );

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("paddock-data-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
