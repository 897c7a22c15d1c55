using System.Globalization;

namespace Paddock.Torture.Faults;

/// <summary>Sets the machine's clock an hour forward and back again, with libfaketime.</summary>
internal static class Clocks
{
    private static readonly string[] Places =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];

    public static string? Library => Array.Find(Places, File.Exists);

    public static async Task<(int Times, string Outcome)> RunAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        var clock = Path.GetTempFileName();
        try
        {
            Set(clock, TimeSpan.Zero);
            await using var ordeal = await Ordeal.BeginAsync(
                setup,
                findings,
                new Dictionary<string, string>
                {
                    ["LD_PRELOAD"] = Library!,
                    ["FAKETIME_TIMESTAMP_FILE"] = clock,
                    ["FAKETIME_NO_CACHE"] = "1",
                    ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                    ["DONT_FAKE_MONOTONIC"] = "1",
                }
            );
            var times = 0;
            for (; goesOn(times); times++)
                await ordeal.RoundAsync(async () =>
                {
                    foreach (var hours in ordeal.Random.Next(2) == 0 ? new[] { 1, 0 } : [-1, 0])
                    {
                        Set(clock, TimeSpan.FromHours(hours));
                        await ordeal.PassAsync(400);
                        if (ordeal.Random.Next(4) == 0)
                            await ordeal.KillAndStartAsync();
                    }
                });
            await ordeal.Crowd.CheckAsync(all: true);
            ordeal.Server.Kill();
            await ordeal.ReadLogAsync();
            return (times, ordeal.Crowd.Confirmed);
        }
        finally
        {
            File.Delete(clock);
        }
    }

    private static void Set(string clock, TimeSpan offset) =>
        File.WriteAllText(clock, string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0;-0;+0}"));
}
