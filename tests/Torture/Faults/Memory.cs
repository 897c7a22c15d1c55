using System.Globalization;

namespace Paddock.Torture.Faults;

/// <summary>Gives the server less memory than it needs: the kernel kills it, or its own heap is full.</summary>
internal static class Memory
{
    private const string Groups = "/sys/fs/cgroup/memory";

    public static bool IsPossible => Directory.Exists(Groups) && Environment.IsPrivilegedProcess;

    /// <summary>
    /// Limits the server's control group to little more than it uses; the kernel kills it when it exceeds that.
    /// </summary>
    public static async Task<(int Times, string Outcome)> KilledAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        var group = Path.Combine(Groups, $"paddock-torture-{Environment.ProcessId}");
        Directory.CreateDirectory(group);
        var start = Path.Combine(Path.GetTempPath(), $"paddock-torture-{Environment.ProcessId}.sh");
        await File.WriteAllTextAsync(
            start,
            $"#!/bin/sh\necho $$ > {group}/cgroup.procs\nexec {setup.Program} \"$@\"\n"
        );
        File.SetUnixFileMode(start, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var (times, kills) = (0, 0);
            await using var ordeal = await Ordeal.BeginAsync(setup with { Program = start }, findings);
            for (; goesOn(times); times++)
                await ordeal.RoundAsync(async () =>
                {
                    await ordeal.PassAsync(200);
                    var used = Number(await File.ReadAllTextAsync(Path.Combine(group, "memory.usage_in_bytes")));
                    await LimitAsync(used + ordeal.Random.Next(256 << 10));
                    for (var waited = 0; waited < 100 && !ordeal.Server.HasEnded; waited++)
                        await ordeal.PassAsync(50);
                    if (ordeal.Server.HasEnded)
                        kills++;
                    await LimitAsync(-1);
                    await ordeal.KillAndStartAsync();
                });
            await ordeal.Crowd.CheckAsync(all: true);
            await ordeal.CheckDatabaseAsync();
            return (times, $"the kernel killed it {kills} times; {ordeal.Crowd.Confirmed}");
        }
        finally
        {
            File.Delete(start);
            Directory.Delete(group);
        }

        async Task LimitAsync(long bytes)
        {
            try
            {
                await File.WriteAllTextAsync(
                    Path.Combine(group, "memory.limit_in_bytes"),
                    bytes.ToString(CultureInfo.InvariantCulture)
                );
            }
            catch (IOException) { } // The server has exceeded the new limit meanwhile; this round continues without it.
        }

        static long Number(string text) =>
            long.Parse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    /// <summary>Limits the heap and sends large requests.</summary>
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
