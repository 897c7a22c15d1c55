using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Sandbox;

/// <summary>
/// Containers with a real runtime on a real kernel: what a command sees, what it may do, and what it leaves behind.
/// </summary>
public sealed class ContainerTests
{
    [Fact]
    public async Task A_command_returns_its_output_exit_code_and_duration()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();

        var result = await machine.RunAsync(image, ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);

        Assert.Equal((Ending.Exited, 3), (result.Ending, result.ExitCode));
        Assert.Equal(("out\n", "err\n"), (Text(result.Stdout), Text(result.Stderr)));
        Assert.InRange(result.Duration, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));
        machine.IsClean();
    }

    [Fact]
    public async Task The_probe_runs_a_container()
    {
        await using var machine = new TestMachine();
        var found = await machine.Container.ProbeAsync(CancellationToken.None);
        Assert.True(found.Ok, found.Sentence);
    }

    [Fact]
    public async Task A_command_sees_only_its_own_processes_environment_folder_user_and_cores()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();

        var result = await machine.RunAsync(
            image,
            [
                "sh",
                "-c",
                "pwd; id -u; id -g; id -G; ps | wc -l; nproc; grep NoNewPrivs /proc/self/status; grep Seccomp: "
                    + "/proc/self/status",
            ],
            run => run with { WorkingDirectory = "/made/here", User = new(1234, 1235, [77]), Cores = [1] }
        );

        var lines = Text(result.Stdout).Split('\n');
        Assert.Equal((Ending.Exited, 0), (result.Ending, result.ExitCode));
        Assert.Equal(["/made/here", "1234", "1235", "1235 77"], lines[..4]);
        Assert.Contains("1", lines); // nproc: one core of two.
        Assert.Contains("NoNewPrivs:\t1", lines);
        Assert.Contains("Seccomp:\t2", lines);
        var env = await machine.RunAsync(image, ["env"], run => run with { Environment = new Dictionary<string, string>
                {
                    ["PATH"] = "/bin",
                    ["A.B"] = "c d",
                } });
        Assert.Equal(
            ["A.B=c d", "HOME=/root", "PATH=/bin"],
            Text(env.Stdout).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("mknod /tmp/mem c 1 1")]
    [InlineData("echo 1 > /proc/sys/kernel/randomize_va_space")]
    [InlineData("echo b > /proc/sysrq-trigger")]
    [InlineData("unshare -U true")]
    [InlineData("wget -T 2 -q http://127.0.0.1:1/")]
    [InlineData("cat /proc/kcore | head -c 10 | grep -q .")]
    [InlineData("mkdir /sys/fs/cgroup/memory/x || mkdir /sys/fs/cgroup/x")]
    public async Task An_attempt_to_escape_the_container_fails(string command)
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", command]);
        Assert.Equal(Ending.Exited, result.Ending);
        Assert.NotEqual(0, result.ExitCode);
        machine.IsClean();
    }

    [Fact]
    public async Task A_container_has_only_a_loopback_interface()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(
            image,
            [
                "sh",
                "-c",
                "ls /sys/class/net; (echo hi | nc -l -p 7 -w 2 >/dev/null &) ; for i in $(seq 100); do echo x | nc "
                    + "-w 1 127.0.0.1 7 >/dev/null && echo connected && exit; sleep 0.1; done",
            ]
        );
        Assert.Equal("lo\nconnected\n", Text(result.Stdout));
    }

    [Fact]
    public async Task Files_are_collected_without_following_links_out_of_the_container()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(
            image,
            [
                "sh",
                "-c",
                "mkdir -p out; echo one > out/a; echo 12345678 > /long; ln -s /etc/shadow out/link; ln -s "
                    + "../../../../../../etc/hostname up; ln -s loop loop; mknod pipe p; ln -s out/a good",
            ],
            run =>
                run with
                {
                    WorkingDirectory = "/work",
                    Files =
                    [
                        "out/a",
                        "good",
                        "/long",
                        "out/link",
                        "up",
                        "loop",
                        "pipe",
                        "/none",
                        "/work",
                        "/dev/null",
                        "out/a",
                    ],
                    Limits = run.Limits with { FileBytes = 12 },
                }
        );
        Assert.Equal(["out/a", "good", "/long"], result.Files.Select(f => f.Path));
        Assert.Equal(
            ("one\n", "1234", 9L, true),
            (
                Encoding.UTF8.GetString(result.Files[0].Bytes),
                Encoding.UTF8.GetString(result.Files[2].Bytes),
                result.Files[2].Size,
                result.Files[2].Truncated
            )
        );
    }

    [Fact]
    public async Task A_fork_bomb_ends_at_its_timeout_and_leaves_nothing_behind()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", "b() { b | b & }; while :; do b; done"], run =>
            run with
            {
                Timeout = TimeSpan.FromSeconds(2),
                Limits = run.Limits with { Pids = 64 },
            }
        );
        Assert.NotEqual(Ending.NotStarted, result.Ending);
        Assert.NotEqual(0, result.ExitCode);
        machine.IsClean();
        await NextWorksAsync(machine, image);
    }

    [Fact]
    public async Task A_command_over_its_memory_limit_is_killed_with_the_reason()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", "exec tail /dev/zero"], run =>
            run with
            {
                Limits = run.Limits with { MemoryBytes = 48 << 20 },
            }
        );
        Assert.Equal((Ending.OutOfMemory, 137), (result.Ending, result.ExitCode));
        Assert.Contains("48 MiB of memory", result.Sentence, StringComparison.Ordinal);
        machine.IsClean();
        await NextWorksAsync(machine, image);
    }

    [Fact]
    public async Task A_command_that_fills_its_disk_gets_no_space_left()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", "dd if=/dev/zero of=/full bs=1M count=200"], run =>
            run with
            {
                Limits = run.Limits with { DiskBytes = 32 << 20 },
            }
        );
        Assert.Equal((Ending.Exited, 1), (result.Ending, result.ExitCode));
        Assert.Contains("No space left on device", Text(result.Stderr), StringComparison.Ordinal);
        machine.IsClean();
        await NextWorksAsync(machine, image);
    }

    [Fact]
    public async Task Output_over_the_limit_is_drained_and_truncated()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", "yes | head -c 50000000; echo end >&2"], run =>
            run with
            {
                Limits = run.Limits with { OutputBytes = 100_000 },
            }
        );
        Assert.Equal((Ending.Exited, 0), (result.Ending, result.ExitCode));
        Assert.Equal((100_000, true), (result.Stdout.Bytes.Length, result.Stdout.Truncated));
        Assert.Equal("end\n", Text(result.Stderr));
    }

    [Fact]
    public async Task A_process_that_ignores_SIGTERM_is_killed_with_its_children()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(
            image,
            ["sh", "-c", "trap '' TERM; sleep 1000 & echo before; while :; do sleep 1000; done"],
            run => run with { Timeout = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromMilliseconds(300) }
        );
        Assert.Equal((Ending.TimedOut, 137), (result.Ending, result.ExitCode));
        Assert.Equal("before\n", Text(result.Stdout));
        Assert.Contains("was killed", result.Sentence, StringComparison.Ordinal);
        machine.IsClean();
    }

    [Fact]
    public async Task A_process_that_handles_SIGTERM_can_still_write_output()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(
            image,
            ["sh", "-c", "trap 'echo bye; exit 9' TERM; while :; do sleep 0.05; done"],
            run => run with { Timeout = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromSeconds(30) }
        );
        Assert.Equal((Ending.TimedOut, 9, "bye\n"), (result.Ending, result.ExitCode, Text(result.Stdout)));
    }

    [Fact]
    public async Task An_abort_kills_the_command_at_once()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        using var abort = new CancellationTokenSource();
        abort.CancelAfter(TimeSpan.FromMilliseconds(500));
        var result = await machine.RunAsync(image, ["sleep", "1000"], abort: abort.Token);
        Assert.Equal(Ending.Aborted, result.Ending);
        machine.IsClean();
    }

    [Fact]
    public async Task Background_processes_do_not_outlive_the_command()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["sh", "-c", "sleep 1000 & echo done"]);
        Assert.Equal((Ending.Exited, 0, "done\n"), (result.Ending, result.ExitCode, Text(result.Stdout)));
        machine.IsClean();
    }

    [Fact]
    public async Task The_error_of_a_failing_runtime_is_reported()
    {
        // With an init, the runtime would start the init, and the init would report the command's failure.
        await using var machine = new TestMachine { Init = null };
        using var image = TestImage.Busybox();
        var result = await machine.RunAsync(image, ["/etc/passwd"]);
        Assert.Equal(Ending.NotStarted, result.Ending);
        Assert.Contains("permission denied", result.Sentence, StringComparison.Ordinal);
        machine.IsClean();
    }

    [Theory]
    [InlineData("rm -f $r/etc/passwd; mkfifo $r/etc/passwd", "is not a regular file")]
    [InlineData("rm -f $r/etc/group; mkfifo $r/etc/group", "is not a regular file")]
    [InlineData("ln -sf ../pipe $r/etc/passwd; mkfifo $r/pipe", "is not a regular file")]
    [InlineData("ln -sf /dev/zero $r/etc/passwd", "is a broken link")]
    [InlineData("mkdir $r/dev; echo > $r/dev/zero; ln -sf ../dev/zero $r/etc/passwd", "that the container replaces")]
    [InlineData("ln -sf passwd $r/etc/passwd", "cannot be opened")]
    [InlineData("rm -f $r/etc/passwd; mkdir $r/etc/passwd", "is not a regular file")]
    [InlineData("head -c 2000000 /dev/zero > $r/etc/passwd", "at most 1048576")]
    public async Task Files_that_block_a_runtime_or_never_end_are_refused_at_once(string change, string why)
    {
        await using var machine = new TestMachine();
        var root = Directory.CreateDirectory(Path.Combine(machine.Folder, "hostile", "etc")).Parent!.FullName;
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.Copy("/bin/busybox", Path.Combine(root, "bin", "true"));
        File.WriteAllText(Path.Combine(root, "etc", "passwd"), "root:x:0:0::/:/bin/sh\n");
        Assert.Equal(
            0,
            (
                await BuiltProgram.RunAsync("sh", ["-ec", change], new Dictionary<string, string> { ["r"] = root })
            ).ExitCode
        );
        using var image = TestImage.Busybox();
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var result = await machine.RunAsync(image, ["/bin/true"], run => run with { Layers = [root], Root = root });
        Assert.Equal(Ending.NotStarted, result.Ending);
        Assert.Contains(why, result.Sentence, StringComparison.Ordinal);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 10);
        machine.IsClean();
    }

    [Fact]
    public async Task A_hanging_runtime_is_killed_at_the_timeout_of_its_job_and_inherits_no_variables()
    {
        Environment.SetEnvironmentVariable("PADDOCK_RUNNER_KEY", "inherited-secret");
        try
        {
            await using var machine = new TestMachine();
            using var image = TestImage.Busybox();
            var (runtime, seen) = (Path.Combine(machine.Folder, "hangs"), Path.Combine(machine.Folder, "seen"));
            File.WriteAllText(
                runtime,
                $"#!/bin/sh\ntr '\\0' '\\n' < /proc/self/environ > {seen}\nexec /bin/sleep 1000\n"
            );
            File.SetUnixFileMode(runtime, (UnixFileMode)0x1ed);
            using var hanging = new Runner.Sandbox.Container.ContainerSandbox(
                runtime,
                "hangs 1",
                init: null,
                Path.Combine(machine.Folder, "other"),
                machine.Group + "-hangs"
            );
            var result = await machine.RunAsync(
                image,
                ["true"],
                run => run with { Everything = TimeSpan.FromSeconds(2) },
                hanging
            );
            Assert.Equal(Ending.TimedOut, result.Ending);
            Assert.DoesNotContain("inherited-secret", await File.ReadAllTextAsync(seen), StringComparison.Ordinal);
            // The shell sets these variables itself.
            var names = File.ReadLines(seen).Select(line => line.Split('=')[0]).Except(["PWD", "_", "SHLVL", ""]);
            Assert.Empty(names);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PADDOCK_RUNNER_KEY", null);
        }
    }

    [Fact]
    public void Only_the_class_that_empties_the_environment_starts_programs()
    {
        var sources = Directory.GetFiles(
            Path.Combine(BuiltProgram.Root, "src", "Runner"),
            "*.cs",
            SearchOption.AllDirectories
        );
        Assert.Equal(
            ["Programs.cs"],
            sources
                .Where(file => File.ReadAllText(file).Contains("new ProcessStartInfo(", StringComparison.Ordinal))
                .Select(Path.GetFileName)
        );
    }

    [Fact]
    public async Task A_command_in_the_host_sandbox_runs_in_the_image_folder_and_is_killed_with_its_children()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();
        var host = new HostSandbox();
        var result = await machine.RunAsync(
            image,
            ["/bin/sh", "-c", "pwd; id -u; echo x > made; ls /bin/busybox; exit 5"],
            run => run with { WorkingDirectory = "/w", User = new(1234, 1235, []), Files = [] },
            host
        );
        Assert.Equal((Ending.Exited, 5), (result.Ending, result.ExitCode));
        Assert.Equal("/w\n1234\n/bin/busybox\n", Text(result.Stdout));
        var late = await machine.RunAsync(
            image,
            ["/bin/sh", "-c", "sleep 1000 & trap '' TERM; while :; do sleep 1; done"],
            run => run with { Timeout = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromMilliseconds(100) },
            host
        );
        Assert.Equal(Ending.TimedOut, late.Ending);
        machine.IsClean();
    }

    private static async Task NextWorksAsync(TestMachine machine, TestImage image)
    {
        var next = await machine.RunAsync(image, ["echo", "next"]);
        Assert.Equal("next\n", Text(next.Stdout));
    }

    [Fact]
    public void Only_the_folders_of_the_runner_above_a_container_root_are_made_traversable()
    {
        var parent = Directory.CreateTempSubdirectory("paddock-passage-"); // Mode 0700.
        try
        {
            var own = Directory.CreateDirectory(
                Path.Combine(parent.FullName, "paddock-runner"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
            var roots = Path.Combine(own.FullName, "roots", "runc");

            ContainerRoot.MakePassable(roots);

            foreach (var folder in (string[])[own.FullName, Path.GetDirectoryName(roots)!, roots])
                Assert.Equal("711", Convert.ToString((int)File.GetUnixFileMode(folder), 8));
            Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(parent.FullName), 8));
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }

    private static string Text(Captured captured) => Encoding.UTF8.GetString(captured.Bytes);
}
