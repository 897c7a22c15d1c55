using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.MicroVm;

namespace Paddock.Runner.Tests.MicroVm;

/// <summary>
/// Real guests, emulated by QEMU, with a kernel of the distribution and an image that the tests build.
/// </summary>
public sealed class MicroVmTests(EmulatedMicroVm micro) : IClassFixture<EmulatedMicroVm>
{
    [Fact]
    public async Task A_command_runs_in_its_own_virtual_machine()
    {
        var result = await micro.RunAsync(
            """
            echo out; echo err >&2; echo "$GREETING"; echo "$0" | cut -c1-2; pwd; uname -r; id -u; ls -d /proc/[0-9]* | wc -l
            ping -c 1 -w 5 127.0.0.1 > /dev/null && echo loopback
            ls /sys/class/net | tr '\n' ' '
            echo again > /dev/stdout
            exit 7
            """,
            run =>
                run with
                {
                    WorkingDirectory = "/work/deep",
                    Environment = new Dictionary<string, string>
                    {
                        ["PATH"] = "/bin",
                        ["GREETING"] = "it's $HOME \"quoted\"\nand long",
                        ["odd.name"] = "kept",
                    },
                }
        );

        Ended(result, Ending.Exited, 7);
        var lines = Text(result.Stdout).Split('\n');
        Assert.Equal(["out", "it's $HOME \"quoted\"", "and long"], lines[..3]);
        Assert.Contains("/work/deep", lines);
        Assert.Contains("loopback", lines);
        Assert.Contains("lo again", lines); // Only the loopback interface.
        Assert.Equal("err\n", Text(result.Stderr));
        Assert.InRange(result.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Requested_files_are_collected_and_the_image_is_unchanged_for_the_next_run()
    {
        var run = (SandboxRun run) =>
            run with
            {
                User = new(1000, 1001, []),
                WorkingDirectory = "/tmp/work",
                Files = ["out.json", "/tmp/work/link", "missing", "/bin", "empty", "large", "late"],
                Limits = run.Limits with { FileBytes = 3000 },
            };
        const string script = """
            ls -d /left 2> /dev/null; id -u; id -g; mkdir -p /left 2> /dev/null
            touch out.json || kill -9 $$
            printf '{"a": 1}' > out.json; ln -s out.json link; : > empty; head -c 100000 /dev/zero | tr '\0' x > large; echo late > late
            kill -9 $$
            """;

        var first = await micro.RunAsync(script, r => run(r) with { User = RunUser.Root });
        var second = await micro.RunAsync(script, run);

        Ended(first, Ending.Exited, 137); // Killed by a signal, not for lack of memory.
        Ended(second, Ending.Exited, 137);
        Assert.Equal("0\n0\n", Text(first.Stdout));
        Assert.Equal("1000\n1001\n", Text(second.Stdout));
        Assert.Equal(["out.json", "/tmp/work/link", "empty", "large", "late"], first.Files.Select(f => f.Path));
        Assert.Equal("{\"a\": 1}", Encoding.UTF8.GetString(first.Files[1].Bytes));
        Assert.Equal(
            (3000 - 16, 100000L, true),
            (first.Files[3].Bytes.Length, first.Files[3].Size, first.Files[3].Truncated)
        );
        Assert.Equal((0, 5L, true), (first.Files[4].Bytes.Length, first.Files[4].Size, first.Files[4].Truncated));
        Assert.Empty(second.Files); // The folder belonged to root: nothing could be written.
    }

    [Fact]
    public async Task A_flooding_command_that_ignores_SIGTERM_is_killed_and_its_output_is_kept()
    {
        var result = await micro.RunAsync("trap '' TERM; echo begin; yes 0123456789abcdef", run =>
            run with
            {
                Timeout = TimeSpan.FromSeconds(3),
                Limits = run.Limits with { OutputBytes = 100_000 },
            }
        );

        Ended(result, Ending.TimedOut, null);
        Assert.Contains("within 3 s", result.Sentence);
        Assert.True(result.Stdout.Truncated);
        Assert.Equal(100_000, result.Stdout.Bytes.Length);
        Assert.StartsWith("begin\n0123456789abcdef\n", Text(result.Stdout));
    }

    [Fact]
    public async Task A_command_that_handles_SIGTERM_can_still_write_output()
    {
        var result = await micro.RunAsync("trap 'echo bye; exit 3' TERM; echo waiting; sleep 1000 & wait", run =>
            run with
            {
                Timeout = TimeSpan.FromSeconds(1),
                Grace = TimeSpan.FromSeconds(30),
            }
        );

        Ended(result, Ending.TimedOut, 3);
        Assert.Equal("waiting\nbye\n", Text(result.Stdout));
    }

    [Fact]
    public async Task Running_out_of_memory_ends_the_command_with_a_reason_and_a_full_disk_does_not()
    {
        var result = await micro.RunAsync(
            "dd if=/dev/zero of=/big bs=1M count=500 2>&1 | grep -o 'No space left'; tail /dev/zero"
        );

        Ended(result, Ending.OutOfMemory, 137);
        Assert.Contains("memory", result.Sentence);
        Assert.Equal("No space left\n", Text(result.Stdout));
    }

    [Fact]
    public async Task A_fork_bomb_ends_at_its_timeout()
    {
        var result = await micro.RunAsync("f() { f | f & }; f; sleep 1000", run =>
            run with
            {
                Timeout = TimeSpan.FromSeconds(3),
                Limits = run.Limits with { Pids = 50 },
            }
        );

        Assert.True(result.Ending == Ending.TimedOut, $"{result.Ending} {result.ExitCode}: {result.Sentence}");
    }

    [Fact]
    public async Task A_kernel_panic_of_the_guest_is_reported_and_earlier_output_is_kept()
    {
        var result = await micro.RunAsync(
            "echo written; mount -t proc proc /mnt 2> /dev/null; sleep 1; echo c > /proc/sysrq-trigger; sleep 100"
        );

        Ended(result, Ending.Broken, null);
        Assert.Contains("Kernel panic", result.Sentence);
        Assert.Equal("written\n", Text(result.Stdout));
    }

    [Fact]
    public async Task A_guest_with_a_network_reaches_the_host_and_its_output_is_kept_after_an_abort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var abort = new CancellationTokenSource();
        // More than all buffers between guest and runner hold: once the guest has written the last line, the first line
        // has left the guest.
        var written = string.Concat(Enumerable.Range(1, 40_000).Select(i => $"{i}\n"));
        var ran = micro.RunAsync(
            $"seq 1 40000; nc 10.0.2.2 {((System.Net.IPEndPoint)listener.LocalEndpoint).Port}; echo unreachable",
            run => run with { Cores = [0], Limits = run.Limits with { Network = true } },
            abort.Token
        );

        var accepted = listener.AcceptTcpClientAsync();
        await Task.WhenAny(accepted, ran);
        var tied = Tied();
        await abort.CancelAsync();
        var result = await ran;

        Ended(result, Ending.Aborted, null);
        var kept = Text(result.Stdout);
        Assert.StartsWith("1\n2\n", kept, StringComparison.Ordinal);
        Assert.StartsWith(kept, written, StringComparison.Ordinal); // Each line once, and in order.
        Assert.Equal(["0"], tied);
    }

    [Fact]
    public async Task A_virtual_machine_ends_without_its_runner_and_a_leftover_one_is_swept()
    {
        Assert.True((await micro.Sandbox.ProbeAsync(default)).Ok);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await using var orphan = await micro.StartBareAsync("orphan");
        await using var swept = await micro.StartBareAsync("old/swept");
        using var conversation = new Conversation(orphan, "-", micro.Run("true").Limits, [], micro.Folder);
        await conversation.GreetAsync();
        Assert.True(await conversation.UntilAsync(() => conversation.Ready, TimeSpan.FromMinutes(2), patience.Token));

        await micro.Sandbox.SweepAsync(Path.Combine(micro.Folder, "old"), patience.Token);
        foreach (var port in VirtualMachine.Ports)
            orphan.Port(port).Dispose();

        await Task.WhenAll(swept.Ended(patience.Token), orphan.Ended(patience.Token));
    }

    [Fact]
    public async Task A_missing_command_exits_with_127()
    {
        var missing = await micro.Sandbox.RunAsync(micro.Run("no-such-program", "x"), default);
        Ended(missing, Ending.Exited, 127);
        Assert.Contains("no-such-program", Text(missing.Stderr));
    }

    [Fact]
    public async Task A_virtual_machine_that_cannot_be_started_gives_a_reason_and_throws_no_exception()
    {
        using var abort = new CancellationTokenSource();
        await abort.CancelAsync();
        using var without = new MicroVmSandbox(
            new()
            {
                Folder = micro.Folder,
                Group = EmulatedMicroVm.Group,
                KvmDevice = "/nonexistent",
                LookAgain = true,
            }
        );
        using var noKernel = new MicroVmSandbox(
            new()
            {
                Folder = micro.Folder,
                Group = EmulatedMicroVm.Group,
                Kernel = "/nonexistent/vmlinuz-1",
            }
        );

        Assert.Equal(Ending.Aborted, (await micro.RunAsync("true", abort: abort.Token)).Ending);
        Assert.Contains(
            "128 MiB",
            (
                await micro.RunAsync("true", run => run with { Limits = run.Limits with { MemoryBytes = 1 << 20 } })
            ).Sentence
        );
        Assert.Contains("NUL", (await micro.RunAsync("true", run => run with { WorkingDirectory = "/a\0b" })).Sentence);
        var refused = await without.RunAsync(micro.Run("true"), default);
        Assert.Equal(Ending.NotStarted, refused.Ending);
        Assert.Contains("--allow-emulation", refused.Sentence);
        Assert.Contains("kernel /nonexistent/vmlinuz-1 was not found", (await noKernel.ProbeAsync(default)).Sentence);
    }

    // The CPU affinity of each vCPU thread of this class's guests. Other test classes run guests at the same time.
    private string[] Tied() =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Where(p =>
                    Path.GetFileName(p).All(char.IsAsciiDigit)
                    && Read($"{p}/cmdline").Contains("paddock-test-", StringComparison.Ordinal)
                    && IsOurs(p)
                )
                .SelectMany(p => Directory.GetDirectories($"{p}/task"))
                .Where(t => Read($"{t}/comm").StartsWith("CPU ", StringComparison.Ordinal))
                .Select(t =>
                    Read($"{t}/status")
                        .Split('\n')
                        .Single(l => l.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
                        .Split('\t')[1]
                ),
        ];

    private bool IsOurs(string process)
    {
        try
        {
            return File.ResolveLinkTarget($"{process}/cwd", returnFinalTarget: false)
                    ?.FullName.StartsWith(micro.Folder, StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void Ended(SandboxResult result, Ending ending, int? code) =>
        Assert.True(
            (result.Ending, result.ExitCode) == (ending, code),
            $"{result.Ending} {result.ExitCode}: {result.Sentence} {Text(result.Stderr)}"
        );

    private static string Text(Captured captured) => Encoding.UTF8.GetString(captured.Bytes);
}

/// <summary>
/// A sandbox without KVM, so that tests do the same on each machine, and an image that contains only busybox.
/// </summary>
public sealed class EmulatedMicroVm : IDisposable
{
    public static readonly string Group = $"paddock-test-microvm-{Environment.ProcessId}";
    private readonly string folder = Directory.CreateTempSubdirectory("paddock-microvm-").FullName;
    private readonly MicroVmSandbox sandbox;
    private readonly string image;
    private int runs;

    public EmulatedMicroVm()
    {
        sandbox = new(
            new()
            {
                Folder = Path.Combine(folder, "data"),
                Group = Group,
                AllowEmulation = true,
                KvmDevice = "/nonexistent",
                Remembered = folder,
            }
        );
        image = Directory.CreateDirectory(Path.Combine(folder, "image")).FullName;
        var bin = Directory.CreateDirectory(Path.Combine(image, "bin")).FullName;
        File.Copy("/bin/busybox", Path.Combine(bin, "busybox"));
        File.SetUnixFileMode(Path.Combine(bin, "busybox"), (UnixFileMode)0b111_101_101);
        foreach (
            var name in new[]
            {
                "sh",
                "echo",
                "cat",
                "cut",
                "dd",
                "head",
                "id",
                "ls",
                "mkdir",
                "ping",
                "pwd",
                "sleep",
                "tr",
                "true",
                "uname",
                "wc",
                "yes",
                "env",
                "ln",
                "seq",
                "tail",
                "grep",
                "mount",
                "sort",
                "nc",
                "touch",
            }
        )
            File.CreateSymbolicLink(Path.Combine(bin, name), "busybox");
    }

    internal MicroVmSandbox Sandbox => sandbox;

    internal string Folder => folder;

    /// <summary>Starts a guest without a job.</summary>
    internal async Task<VirtualMachine> StartBareAsync(string name)
    {
        var scratch = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var kernel = GuestKernel.Find(image: null)!;
        await using (var initramfs = File.Create(Path.Combine(scratch, MachineParts.Initramfs)))
            Guest.WriteBase(initramfs, await File.ReadAllBytesAsync("/bin/busybox"), kernel.Modules());
        return await VirtualMachine.StartAsync(
            new(
                "qemu-system-x86_64",
                kernel.Image,
                Emulated: true,
                Cpus: 1,
                128 << 20,
                Disk: null,
                Network: false,
                scratch
            ),
            Path.GetFileName(name),
            paused: false,
            default
        );
    }

    internal SandboxRun Run(params string[] command)
    {
        var id = $"test-{Interlocked.Increment(ref runs)}";
        return new()
        {
            Id = id,
            Root = image,
            Layers = [image],
            Scratch = Directory.CreateDirectory(Path.Combine(folder, id)).FullName,
            Command = command,
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            WorkingDirectory = "/",
            Timeout = TimeSpan.FromSeconds(60),
            Limits = new(Cpus: 1, MemoryBytes: 256 << 20, DiskBytes: 32 << 20, Network: false),
        };
    }

    internal Task<SandboxResult> RunAsync(
        string script,
        Func<SandboxRun, SandboxRun>? with = null,
        CancellationToken abort = default
    ) => sandbox.RunAsync((with ?? (run => run))(Run("sh", "-c", script)), abort);

    public void Dispose()
    {
        sandbox.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
