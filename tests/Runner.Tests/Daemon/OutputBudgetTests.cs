using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>
/// The daemon's memory does not grow with the output of its jobs. One daemon process serves all slots, so a job that
/// exhausted its memory would end the jobs of all slots.
/// </summary>
public sealed class OutputBudgetTests
{
    private const long MemoryBytes = 256 << 20;
    private const int Iterations = 46,
        Bytes = 26_000_000;
    private static readonly Guid Job = Guid.Parse("550e8400-e29b-41d4-a716-446655440000"),
        Other = Guid.Parse("550e8400-e29b-41d4-a716-446655440001");

    [Fact]
    public async Task A_runner_with_256_MiB_of_memory_executes_a_job_that_writes_gigabytes()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = new RunnerProcess(server.Address, OriginalServer.Runner, OriginalServer.Key);
        using var group = new MemoryGroup(runner.Id);
        var session = await server.ConnectedAsync();

        await session.GiveAsync(
            server.Job(Job, ["sh", "-c", $"yes out | head -c {Bytes}; yes err | head -c {Bytes} >&2"], config: c =>
                c["iter"] = Iterations
            )
        );
        var completed = await session.HearAsync("completed", Job);
        var results = completed["results"]!.AsArray();
        Assert.Equal(Iterations, results.Count);
        Assert.All(results, result =>
            Assert.StartsWith("out\nout\n", (string)result!["stdout"]!, StringComparison.Ordinal)
        ); // No iteration has used another iteration's share.
        Assert.All(results, result => Assert.StartsWith("err\n", (string)result!["stderr"]!, StringComparison.Ordinal));
        await session.AckAsync(Job);

        await session.GiveAsync(server.Job(Other, ["echo", "next"]));
        Assert.Equal("next\n", (string)(await session.HearAsync("completed", Other))["results"]![0]!["stdout"]!);
        await session.AckAsync(Other);
        Assert.Empty(Directory.GetDirectories(Path.Combine(runner.Folder, "outputs")));
    }

    /// <summary>
    /// Limits the memory of a process and its children. Containers are not limited, because they have their own
    /// cgroups.
    /// </summary>
    private sealed class MemoryGroup : IDisposable
    {
        private static readonly bool IsUnified = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        private readonly string folder =
            $"/sys/fs/cgroup/{(IsUnified ? "" : "memory/")}paddock-test-memory-{Environment.ProcessId}";

        public MemoryGroup(int process)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText($"{folder}/{(IsUnified ? "memory.max" : "memory.limit_in_bytes")}", $"{MemoryBytes}");
            File.WriteAllText($"{folder}/cgroup.procs", $"{process}");
        }

        public void Dispose()
        {
            foreach (var process in File.ReadAllLines($"{folder}/cgroup.procs"))
                File.WriteAllText($"{Path.GetDirectoryName(folder)}/cgroup.procs", process);
            Directory.Delete(folder);
        }
    }
}
