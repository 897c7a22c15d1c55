using System.Text;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tests.Sandbox;

namespace Paddock.Runner.Tests.Neighbors;

/// <summary>
/// Two jobs run on one machine at once. One does its work; the other tries to see it, to slow it down, and to leave
/// something behind. attempts.txt lists the attempts; CgroupV2/run.sh makes the same attempts under runc and crun on
/// cgroup v2.
/// </summary>
public sealed class NeighborTests
{
    [Fact]
    public async Task A_hostile_job_cannot_see_its_neighbor_and_leaves_nothing_behind()
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        using var over = new CancellationTokenSource();
        var neighbor = machine.RunAsync(image, ["sh", "/neighbor", "30"], run =>
            run with
            {
                Cores = [0],
                Environment = Secret(run),
                Timeout = TimeSpan.FromSeconds(120),
            }
        );

        var first = await machine.RunAsync(image, ["sh", "/driver", "container", "1"], run =>
            run with
            {
                Cores = [1],
                Timeout = TimeSpan.FromSeconds(100),
            }
        );
        var worked = !neighbor.IsCompleted;
        var second = await machine.RunAsync(image, ["sh", "/driver", "container"], run =>
            run with
            {
                Cores = [1],
                Timeout = TimeSpan.FromSeconds(100),
            }
        );

        var undisturbed = await neighbor;
        Assert.True(worked, "The neighbor should work while it is attacked.");
        NeighborImage.AllRefused("container", Text(first.Stdout));
        NeighborImage.AllRefused("container", Text(second.Stdout)); // No leftovers of the first attack.
        Assert.True(
            undisturbed is { Ending: Ending.Exited, ExitCode: 0 },
            $"{undisturbed.Ending} {undisturbed.Sentence} {Text(undisturbed.Stdout)}{Text(undisturbed.Stderr)}"
        );
        Assert.DoesNotContain(Directory.GetDirectories("/proc"), p =>
            Path.GetFileName(p).All(char.IsAsciiDigit)
            && CommandLine(p).StartsWith("outlives", StringComparison.Ordinal)
        );
        machine.IsClean();
    }

    [Theory]
    [InlineData("b() { b | b & }; while :; do b; done")]
    [InlineData("while :; do tail /dev/zero; done")]
    [InlineData("while :; do dd if=/dev/zero of=/full bs=1M; rm /full; done")]
    [InlineData("perl -e 'for (1 .. 100_000) { my $i = syscall(253); push @a, $i; last if $i < 0 } sleep 1 while 1'")]
    [InlineData(
        "perl -e 'for (1 .. 100_000) { syscall(68, $_, 0666 | 512); syscall(29, $_, 4096, 0666 | 512) } sleep 1 "
            + "while 1'"
    )]
    [InlineData("perl -e 'while (1) { socket(my $s, 1, 1, 0) or last; push @a, $s } sleep 1 while 1'")]
    [InlineData("while :; do yes; done")]
    [InlineData("perl -e 'open(F, \"+>\", \"/dev/shm/f\"); while (1) { print(F \"x\" x 1048576) or seek(F, 0, 0) }'")]
    public async Task A_job_that_exhausts_its_resources_does_not_disturb_its_neighbor(string greed)
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        var greedy = machine.RunAsync(image, ["sh", "-c", greed], run =>
            run with
            {
                Cores = [1],
                Timeout = TimeSpan.FromSeconds(8),
                Limits = run.Limits with { Pids = 256, OutputBytes = 1 << 20 },
            }
        );
        var undisturbed = await machine.RunAsync(image, ["sh", "/neighbor", "5"], run =>
            run with
            {
                Cores = [0],
                Environment = Secret(run),
            }
        );
        var ended = await greedy;

        Assert.True(
            undisturbed is { Ending: Ending.Exited, ExitCode: 0 },
            $"{undisturbed.Ending} {undisturbed.Sentence} {Text(undisturbed.Stdout)}{Text(undisturbed.Stderr)}"
        );
        Assert.NotEqual(Ending.NotStarted, ended.Ending);
        machine.IsClean();
    }

    [Fact]
    public async Task Containers_have_separate_user_ID_ranges_and_files_keep_the_owners_of_the_image()
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        var maps = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => machine.RunAsync(image, ["sh", "-c", "sleep 1; cat /proc/self/uid_map"]))
        );
        var first = maps.Select(result => Text(result.Stdout).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
            .ToList();
        Assert.NotEqual(first[0], first[1]);
        Assert.All(first, outside => Assert.InRange(uint.Parse(outside), 0x7000_0000u, 0x7ffd_ffffu));

        // Inside the container, the image's files have the owners that the image names, also after the files were
        // changed.
        var owners = await machine.RunAsync(
            image,
            [
                "sh",
                "-c",
                "stat -c '%u:%g %n' / /etc/passwd /bin/busybox; touch /etc/passwd /new; stat -c '%u:%g %n' "
                    + "/etc/passwd /new; id -u",
            ]
        );
        Assert.Equal("0:0 /\n0:0 /etc/passwd\n0:0 /bin/busybox\n0:0 /etc/passwd\n0:0 /new\n0\n", Text(owners.Stdout));
    }

    [Fact]
    public async Task A_user_ID_outside_the_range_of_a_container_is_refused_with_the_reason()
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        var result = await machine.RunAsync(image, ["true"], run => run with { User = new(1_000_650_000, 0, []) });
        Assert.Equal(Ending.NotStarted, result.Ending);
        Assert.Contains("0 to 65535", result.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_with_counters_can_count_only_its_own_events()
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        var result = await machine.RunAsync(
            image,
            [
                "sh",
                "-c",
                "perf 0 -1 0; perf 1 -1 0; perf -1 0 0; perf 4294967295 0 0; perf 3 0 4; perf 0 -1 8; call 298 1 0 0 "
                    + "0 0; unshare -U true 2>&1",
            ],
            run => run with { Limits = run.Limits with { Counters = true } }
        );
        var said = Text(result.Stdout).Split('\n');
        Assert.StartsWith("GOT", said[0], StringComparison.Ordinal);
        Assert.StartsWith("GOT", said[1], StringComparison.Ordinal); // Process 1 of the container itself.
        Assert.Equal(["refused 38", "refused 38", "refused 38"], said[2..5]);
        Assert.Contains("Operation not permitted", said[^2], StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Secret(SandboxRun run) =>
        new(run.Environment) { ["NEIGHBOR"] = "neighbor-secret" };

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Text(Captured captured) => Encoding.UTF8.GetString(captured.Bytes);
}
