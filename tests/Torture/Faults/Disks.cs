namespace Paddock.Torture.Faults;

/// <summary>Disks that are full, hang, or become read-only.</summary>
internal static class Disks
{
    private const int Megabytes = 400;

    private static readonly Dictionary<string, string> NoReserve = new() { ["PADDOCK_DISK_FREE_MIN_BYTES"] = "0" };

    /// <summary>Fills the disk during the work and frees it again, repeatedly.</summary>
    public static Task<(int Times, string Outcome)> FullAsync(Setup setup, Findings findings, Func<int, bool> goesOn) =>
        OnAsync(
            folder => Disk.InMemory(folder, Megabytes),
            setup,
            findings,
            goesOn,
            async (ordeal, disk, times) =>
            {
                var isKilled = times % 4 == 3;
                ordeal.Crowd.Allow(507);
                await ordeal.PassAsync(100);
                disk.Fill(leave: ordeal.Random.Next(200_000));
                await ordeal.PassAsync(400);
                if (isKilled)
                    ordeal.Server.Kill();
                disk.Empty();
                if (isKilled)
                {
                    await ordeal.ReadLogAsync();
                    await ordeal.StartAsync();
                }
                await ordeal.PassAsync(100);
            }
        );

    /// <summary>Blocks writes for a while, as on a stalled network disk.</summary>
    public static Task<(int Times, string Outcome)> FrozenAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    ) =>
        OnAsync(
            folder => Disk.InFile(folder, Megabytes),
            setup,
            findings,
            goesOn,
            async (ordeal, disk, _) =>
            {
                await ordeal.PassAsync(200);
                disk.Freeze();
                await ordeal.PassAsync(1500);
                disk.Thaw();
                await ordeal.PassAsync(100);
            }
        );

    /// <summary>Makes the disk read-only; then stops the server and repairs the disk.</summary>
    public static Task<(int Times, string Outcome)> FailedAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    ) =>
        OnAsync(
            folder => Disk.InFile(folder, Megabytes),
            setup,
            findings,
            goesOn,
            async (ordeal, disk, _) =>
            {
                ordeal.Crowd.Allow(507);
                await ordeal.PassAsync(300);
                disk.Fail();
                await ordeal.PassAsync(300);
                ordeal.Server.Kill();
                await ordeal.ReadLogAsync();
                disk.Mend();
                await ordeal.StartAsync();
                await ordeal.PassAsync(100);
            }
        );

    private static async Task<(int Times, string Outcome)> OnAsync(
        Func<string, Disk> mount,
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn,
        Func<Ordeal, Disk, int, Task> harm
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(setup, findings, NoReserve);
        await ordeal.Server.StopAsync();
        using var disk = mount(ordeal.Server.DataFolder);
        await ordeal.StartAsync();
        var times = 0;
        for (; goesOn(times); times++)
        {
            var round = times;
            await ordeal.RoundAsync(() => harm(ordeal, disk, round));
        }
        await EndAsync(ordeal);
        return (times, Said(ordeal));
    }

    private static async Task EndAsync(Ordeal ordeal)
    {
        await ordeal.Crowd.CheckAsync(all: true);
        await ordeal.CheckDatabaseAsync();
        ordeal.Server.Kill();
        await ordeal.ReadLogAsync();
    }

    private static string Said(Ordeal ordeal) =>
        $"{ordeal.Crowd.Answers.Away:N0} of {ordeal.Crowd.Answers.All:N0} answers were 503 or 507; "
        + $"{ordeal.Crowd.Confirmed}";
}
