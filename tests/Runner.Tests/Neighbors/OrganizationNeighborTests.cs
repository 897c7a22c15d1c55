using System.Text.Json.Nodes;
using Paddock.Runner.Daemon;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tests.Daemon;

namespace Paddock.Runner.Tests.Neighbors;

/// <summary>
/// Two organizations on one runner: both submit through a real server, and the runner's daemon executes both jobs at
/// once. One job makes all attempts of attempts.txt; the other job must be unseen and undisturbed. The other job has
/// many iterations, because a runner pulls images only while nothing is measured.
/// </summary>
public sealed class OrganizationNeighborTests
{
    private const string Results = """echo '{"sort":{"latency":{"value":42.5}}}'""",
        Secret = "neighbor-secret";

    [Fact]
    public Task A_job_under_runc_cannot_reach_the_job_of_another_organization() =>
        AttackAsync("container", iterations: 16, seconds: 2, "--runtime", "runc");

    [CrunFact]
    public Task A_job_under_crun_cannot_reach_the_job_of_another_organization() =>
        AttackAsync("container", iterations: 16, seconds: 2, "--runtime", "crun");

    [Fact]
    public Task A_job_in_a_microVM_cannot_reach_the_job_of_another_organization() =>
        AttackAsync("microvm", iterations: 10, seconds: 10, "--allow-emulation");

    private static async Task AttackAsync(string kind, int iterations, int seconds, params string[] arguments)
    {
        // crun refuses machines on which cgroup v2 has controllers beside v1, so this runner sees only v1.
        await using var world = await World.MakeAsync(
            runnersWithin: arguments.Contains("crun") && ControlGroups.MixedFor("crun") is not null
                ? ["unshare", "-m", "sh", "-c", "umount /sys/fs/cgroup/unified && exec \"$0\" \"$@\""]
                : []
        );
        using var stranger = new Client(world.Address, token: null);
        using var eve = await stranger.SignUpAsync("Eve Evil", world.Server.Tokens);
        var evil = await PrepareAsync(world, eve, kind == "microvm" ? "firecracker" : null);
        await using var runner = await world.StartRunnerAsync(
            "Box",
            "shared-box",
            ["--slots", "2", "--no-isolation", .. arguments]
        );

        var victim = await world.SubmitAsync(Victim(seconds, iterations));
        await IsRunningAsync(kind == "container" ? $"neighbor-loop {Secret}" : "paddock-", runner);
        await HoldsAsync(world, eve, evil, kind, victim, iterations);
        runner.Signal(Processes.Terminate);
        Assert.Equal(0, await runner.ExitedAsync());
        LeftNothing(runner);
    }

    /// <summary>Creates two organizations with the same image, and a spec that both may use.</summary>
    /// <returns>The project of the second organization.</returns>
    internal static async Task<string> PrepareAsync(World world, TestUser eve, string? sandbox)
    {
        var evil = await eve.CreateProjectAsync("Evil");
        (await world.Admin.PatchAsync($"/v0/projects/{World.Project}", new { visibility = "private" })).Expect(200);
        await world.CreateSpecAsync("Shared Box", sandbox);
        using var image = NeighborImage.Make();
        await world.PushAsync(image, "v1");
        await world.PushAsync(image, "v1", eve, evil);
        return evil;
    }

    /// <summary>The job that must be undisturbed.</summary>
    internal static object Victim(int seconds, int iterations, int timeout = 1200) =>
        Job("app:v1", $"sh /neighbor {seconds} >&2", Secret, iterations, timeout);

    /// <summary>
    /// Attacks a working job twice, and checks that every attempt was refused and the job was undisturbed.
    /// </summary>
    internal static async Task HoldsAsync(
        World world,
        TestUser eve,
        string evil,
        string kind,
        Guid victim,
        int iterations,
        int timeout = 1200
    )
    {
        var wait = TimeSpan.FromSeconds(timeout);
        var begun = new List<DateTimeOffset>();
        for (var i = 0; i < 2; i++) // The second attack looks for leftovers of the first.
        {
            var job = await World.SubmitAsync(
                Job($"{evil}:v1", $"sh /driver {kind} >&2", secret: "", iterations: 1, timeout),
                eve,
                evil
            );
            var attacked = await world.UntilAsync(job, eve, evil, wait, "processed", "failed", "canceled");
            begun.Add((DateTimeOffset)attacked["started"]!);
            Assert.True((string)attacked["status"]! == "processed", attacked.ToJsonString());
            NeighborImage.AllRefused(kind, (string)attacked["output"]!["results"]![0]!["stderr"]!);
            Assert.DoesNotContain(Secret, attacked.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal(404, (await eve.GetAsync($"/v0/projects/{World.Project}/jobs/{victim}")).Status);
        }

        var undisturbed = await world.UntilAsync(
            victim,
            world.Admin,
            World.Project,
            wait,
            "processed",
            "failed",
            "canceled"
        );
        Assert.True((string)undisturbed["status"]! == "processed", undisturbed.ToJsonString());
        Assert.True(begun[0] < (DateTimeOffset)undisturbed["completed"]!, "It was not attacked while it worked.");
        var worked = undisturbed["output"]!["results"]!.AsArray();
        Assert.Equal(iterations, worked.Count);
        Assert.All(worked, iteration =>
            Assert.StartsWith("undisturbed", (string)iteration!["stderr"]!, StringComparison.Ordinal)
        );
    }

    private static object Job(string image, string script, string secret, int iterations, int timeout) =>
        new
        {
            image,
            spec = "shared-box",
            entrypoint = new[] { "sh" },
            cmd = new[] { "-c", $"{script} && {Results}" },
            timeout,
            iter = iterations,
            env = new Dictionary<string, string> { ["PATH"] = "/bin:/usr/bin", ["NEIGHBOR"] = secret },
        };

    private static async Task IsRunningAsync(string command, RunnerProcess runner)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!CommandLines().Any(line => line.Contains(command, StringComparison.Ordinal)))
        {
            Assert.False(patience.IsCancellationRequested, runner.Log);
            await Task.Delay(20, CancellationToken.None); // Polls, because a job takes an unknown time.
        }
    }

    private static void LeftNothing(RunnerProcess runner)
    {
        var group = $"paddock-{DataFolder.TagOf(runner.Folder)}";
        Assert.DoesNotContain(CommandLines(), line => line.StartsWith("outlives", StringComparison.Ordinal));
        Assert.Empty(Mounts.Below(runner.Folder));
        Assert.Empty(Directory.GetDirectories(Path.Combine(runner.Folder, "runs")));
        string[] trees = ["/sys/fs/cgroup", .. Directory.GetDirectories("/sys/fs/cgroup")];
        Assert.Empty(
            trees
                .Where(tree => Directory.Exists($"{tree}/{group}"))
                .SelectMany(tree => Directory.GetDirectories($"{tree}/{group}"))
        );
    }

    private static IEnumerable<string> CommandLines() =>
        Directory
            .GetDirectories("/proc")
            .Where(process => Path.GetFileName(process).All(char.IsAsciiDigit))
            .Select(process =>
            {
                try
                {
                    return File.ReadAllText($"{process}/cmdline").Replace('\0', ' ');
                }
                catch (IOException)
                {
                    return "";
                }
            });

    /// <summary>A test that needs crun.</summary>
    private sealed class CrunFactAttribute : FactAttribute
    {
        public CrunFactAttribute()
        {
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists($"{folder}/crun")))
                Skip = "crun is not installed (Debian: crun)";
        }
    }
}
