using System.Globalization;

namespace Paddock.Torture.Faults;

/// <summary>There is less memory than the server wants: the kernel kills it, or its own heap is full.</summary>
internal static class Memory
{
    private const string Groups = "/sys/fs/cgroup/memory";

    public static bool IsPossible => Directory.Exists(Groups) && Environment.IsPrivilegedProcess;

    /// <summary>A control group with little more than the server has; where it takes more, the kernel kills it.</summary>
    public static async Task<(int Times, string Outcome)> KilledAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        var group = Path.Combine(Groups, $"paddock-torture-{Environment.ProcessId}");
        Directory.CreateDirectory(group);
        // What the server has already counts here, too.
        await File.WriteAllTextAsync(Path.Combine(group, "memory.move_charge_at_immigrate"), "3");
        try
        {
            await using var ordeal = await Ordeal.BeginAsync(setup, findings);
            var (times, kills) = (0, 0);
            for (; goesOn(times); times++)
                await ordeal.RoundAsync(async () =>
                {
                    var limit = (long)(80 + ordeal.Random.Next(60)) << 20;
                    await Limit(group, limit);
                    await File.WriteAllTextAsync(
                        Path.Combine(group, "cgroup.procs"),
                        ordeal.Server.Id.ToString(CultureInfo.InvariantCulture)
                    );
                    for (var waited = 0; waited < 20 && !ordeal.Server.HasEnded; waited++)
                        await ordeal.PassAsync(50);
                    if (ordeal.Server.HasEnded)
                        kills++;
                    await ordeal.KillAndStartAsync();
                });
            await ordeal.Crowd.CheckAsync(all: true);
            await ordeal.CheckDatabaseAsync();
            return (times, $"the kernel killed it {kills} times; {ordeal.Crowd.Confirmed}");
        }
        finally
        {
            Directory.Delete(group);
        }

        static Task Limit(string group, long bytes) =>
            File.WriteAllTextAsync(
                Path.Combine(group, "memory.limit_in_bytes"),
                bytes.ToString(CultureInfo.InvariantCulture)
            );
    }

    /// <summary>The heap may hold little, and large requests come.</summary>
    public static async Task<(int Times, string Outcome)> HeapAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(
            setup,
            findings,
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x4000000" }
        );
        using var http = new HttpClient { BaseAddress = ordeal.Server.Address };
        var (times, refused) = (0, 0);
        for (; goesOn(times); times++)
            await ordeal.RoundAsync(async () =>
            {
                await Task.WhenAll(
                    Enumerable
                        .Range(0, 6)
                        .Select(async i =>
                        {
                            using var content = new StringContent(
                                $$"""{"project":"x","results":["{{new string('a', (4 + i) << 20)}}"]}"""
                            );
                            content.Headers.ContentType = new("application/json");
                            try
                            {
                                using var answer = await http.PostAsync("/v0/run", content);
                                var status = (int)answer.StatusCode;
                                if (status == 503)
                                    Interlocked.Increment(ref refused);
                                else if (status >= 500)
                                    findings.Add($"a large run while the heap is full: {status}");
                            }
                            catch (HttpRequestException) { }
                        })
                );
                if (ordeal.Server.HasEnded)
                {
                    findings.Add($"the server ended because its heap was full: {await ordeal.Server.LogAsync()}");
                    await ordeal.StartAsync();
                }
            });
        await ordeal.Crowd.CheckAsync(all: true);
        return (times, $"{refused} large runs were refused with 503; {ordeal.Crowd.Confirmed}");
    }
}
