namespace Paddock.Torture.Faults;

/// <summary>Sends SIGKILL at any moment, also while the server starts.</summary>
internal static class Kills
{
    private const int DatabaseEvery = 25; // In rounds, because checking the whole database takes long.

    public static async Task<(int Times, string Outcome)> RunAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(setup, findings, settings);
        var times = 0;
        for (; goesOn(times); times++)
        {
            await ordeal.RoundAsync(async () =>
            {
                await ordeal.PassAsync(400);
                await ordeal.KillAndStartAsync();
                await ordeal.PassAsync(100);
            });
            if (times % DatabaseEvery == 0)
                await ordeal.CheckDatabaseAsync();
        }
        await ordeal.Crowd.CheckAsync(all: true);
        await ordeal.CheckDatabaseAsync();
        return (times, $"{ordeal.Starts}; {ordeal.Crowd.Confirmed}");
    }
}
