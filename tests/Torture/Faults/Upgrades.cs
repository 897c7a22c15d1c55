using Paddock.Server.Ground.Database;
using Paddock.Torture.Replicas;

namespace Paddock.Torture.Faults;

/// <summary>Replaces a server of an earlier version by the present one while clients write.</summary>
internal static class Upgrades
{
    public static async Task<(int Times, string Outcome)> RunAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        var (times, confirmed) = (0, "");
        for (; goesOn(times); times++)
            if (setup.Engine == Engine.Sqlite)
                confirmed = await InPlaceAsync(setup, findings, times, []);
            else
            {
                var database = PostgresServer.NewEmptyDatabase();
                var settings = new Dictionary<string, string> { ["PADDOCK_DATABASE"] = database };
                confirmed =
                    times % 2 == 0
                        ? await BesideAsync(setup, findings, times, settings)
                        : await InPlaceAsync(setup, findings, times / 2, settings);
                PostgresServer.Drop(database);
            }
        return (times, $"in the last one: {confirmed}");
    }

    // The old server is stopped before the new one starts on the same data.
    private static async Task<string> InPlaceAsync(
        Setup setup,
        Findings findings,
        int time,
        Dictionary<string, string> settings
    )
    {
        await using var ordeal = await Ordeal.BeginAsync(
            setup with
            {
                Program = setup.Before!,
                Seed = setup.Seed + time,
            },
            findings,
            settings
        );
        await ordeal.RoundAsync(async () =>
        {
            await ordeal.PassAsync(2000);
            if (time % 2 == 0)
                await ordeal.Server.StopAsync();
            else
                ordeal.Server.Kill();
            ordeal.Server.Program = setup.Program;
            await ordeal.StartAsync();
            await ordeal.PassAsync(1000);
        });
        await ordeal.Crowd.CheckAsync(all: true);
        await ordeal.CheckDatabaseAsync();
        ordeal.Server.Kill();
        await ordeal.ReadLogAsync();
        return ordeal.Crowd.Confirmed;
    }

    // Behind a proxy: the new server migrates the database while the old one still serves.
    private static async Task<string> BesideAsync(
        Setup setup,
        Findings findings,
        int time,
        Dictionary<string, string> settings
    )
    {
        var random = new Random(setup.Seed + time);
        await using var old = await ServerProcess.StartAsync(Engine.Postgres, setup.Before!, durable: false, settings);
        // The address is known before the server listens; the proxy waits for it.
        await using var next = ServerProcess.ReplicaOf(old, setup.Program);
        await using var balancer = new Balancer([old.Address, next.Address]);
        using var crowd = await Crowd.GatherAsync(balancer.Address, old, findings, setup.Seed + time);
        using var until = new CancellationTokenSource();
        var working = crowd.WorkAsync(until.Token);
        await Task.Delay(random.Next(2000));
        await next.StartAsync();
        await Task.Delay(1000 + random.Next(1000));
        await old.StopAsync();
        await Task.Delay(random.Next(1000));
        await until.CancelAsync();
        await working;
        await crowd.CheckAsync(all: true);
        foreach (var line in (await old.LogAsync()).Split('\n').Where(Ordeal.IsFailure))
            findings.Add("THE LOG of the old server beside the new one: " + line[..Math.Min(line.Length, 600)]);
        return crowd.Confirmed;
    }
}
