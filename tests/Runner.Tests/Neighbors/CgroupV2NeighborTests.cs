using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Paddock.Runner.Tests.Daemon;

namespace Paddock.Runner.Tests.Neighbors;

/// <summary>
/// Like <see cref="OrganizationNeighborTests"/>, but on cgroup v2, on a machine that has v1: the runner with its two
/// slots is an emulated machine (CgroupV2/run.sh), and the server is this process. Takes many minutes, so it runs only
/// if PADDOCK_CGROUP_V2 names the published runner.
/// </summary>
public sealed class CgroupV2NeighborTests
{
    private const int Timeout = 3000;
    private const int Iterations = 30;

    [EmulatedTheory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task A_job_on_cgroup_v2_cannot_reach_the_job_of_another_organization(string runtime)
    {
        // The runner is emulated and measures two jobs, so it may be silent for long.
        await using var world = await World.MakeAsync(
            settings: new Dictionary<string, string> { ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "900" }
        );
        using var stranger = new Client(world.Address, token: null);
        using var eve = await stranger.SignUpAsync("Eve Evil", world.Server.Tokens);
        var evil = await OrganizationNeighborTests.PrepareAsync(world, eve, sandbox: null);
        var (uuid, key) = await world.CreateRunnerAsync("Box", "shared-box");
        using var machine = new Machine(world.Address, uuid, key, runtime);

        var victim = await world.SubmitAsync(OrganizationNeighborTests.Victim(seconds: 20, Iterations, Timeout));
        await machine.SaysAsync("ok neighbor began");
        await OrganizationNeighborTests.HoldsAsync(world, eve, evil, "container", victim, Iterations, Timeout);
        machine.End();
        await machine.SaysAsync("ok all");

        Assert.DoesNotContain("not ok", machine.Said, StringComparison.Ordinal);
    }

    private sealed class Machine : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("paddock-up-").FullName;
        private readonly StringBuilder said = new();
        private readonly Process process;

        public Machine(Uri server, string runner, string key, string runtime)
        {
            foreach (
                var (name, text) in new[]
                {
                    ("address", server.GetLeftPart(UriPartial.Authority)),
                    ("runner", runner),
                    ("key", key),
                    ("runtime", runtime),
                }
            )
                File.WriteAllText(Path.Combine(folder, name), text);
            var script = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "CgroupV2", "run.sh");
            process = Process.Start(
                new ProcessStartInfo("bash", [script, EmulatedTheoryAttribute.Runner!, folder])
                {
                    Environment = { ["TMPDIR"] = Directory.CreateDirectory($"{folder}.work").FullName },
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
            process.OutputDataReceived += (_, line) =>
            {
                lock (said)
                    said.AppendLine(line.Data);
            };
            process.BeginOutputReadLine();
        }

        public string Said
        {
            get
            {
                lock (said)
                    return said.ToString();
            }
        }

        public async Task SaysAsync(string line)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(Timeout));
            while (!Said.Contains(line, StringComparison.Ordinal))
            {
                Assert.False(patience.IsCancellationRequested || process.HasExited, Said);
                await Task.Delay(100, CancellationToken.None); // Polls: the emulated machine is slow.
            }
        }

        public void End() => process.StandardInput.WriteLine();

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            Directory.Delete(folder, recursive: true);
            Directory.Delete($"{folder}.work", recursive: true);
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    /// <summary>A test that boots an emulated machine.</summary>
    private sealed class EmulatedTheoryAttribute : TheoryAttribute
    {
        public EmulatedTheoryAttribute()
        {
            if (Runner is null)
                Skip = "takes 20 minutes: set PADDOCK_CGROUP_V2 to the published runner";
        }

        public static string? Runner => Environment.GetEnvironmentVariable("PADDOCK_CGROUP_V2");
    }
}
