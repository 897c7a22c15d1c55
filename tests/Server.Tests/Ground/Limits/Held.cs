using System.Net;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>A database read that never ends by itself, on behalf of a caller with an address.</summary>
internal sealed class Held
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly FairGate readers;
    private readonly CallerKey caller;

    private Held(TestServer server, string address, CancellationToken gone)
    {
        (readers, caller) = (server.Database.Readers, CallerKey.Of(IPAddress.Parse(address)));
        Reading = Task.Run(
            async () =>
            {
                using var requester = Requester.Begin(IPAddress.Parse(address));
                await server.Database.ReadAsync(
                    sql =>
                    {
                        began.SetResult();
                        return sql.NumberAsync(Endless(sql.Engine));
                    },
                    gone
                );
            },
            CancellationToken.None
        );
    }

    /// <summary>Completes with the read.</summary>
    public Task Reading { get; }

    public bool HasBegun => began.Task.IsCompleted;

    /// <summary>Requests a read, which may have to wait for its turn.</summary>
    public static Held Ask(TestServer server, string address, CancellationToken gone) => new(server, address, gone);

    /// <summary>Requests a read, and returns when it is running.</summary>
    public static async Task<Held> BeginAsync(TestServer server, string address, CancellationToken gone)
    {
        var held = Ask(server, address, gone);
        await Task.WhenAny(held.began.Task, held.Reading).WaitAsync(Patience, CancellationToken.None);
        await held.began.Task;
        return held;
    }

    /// <summary>Returns when this many reads of the address are waiting for their turn.</summary>
    public async Task WaitsAsync(int count = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (readers.WaitingOf(caller) < count)
            await Task.Delay(5, patience.Token);
    }

    /// <summary>
    /// Returns when this many of the reads are running, which takes as long as opening their connections.
    /// </summary>
    public static async Task BeginAsync(IReadOnlyCollection<Held> reads, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (reads.Count(read => read.HasBegun) < count)
            await Task.Delay(5, patience.Token);
    }

    public async Task<TException> FailsAsync<TException>()
        where TException : Exception => await Assert.ThrowsAnyAsync<TException>(() => Reading.WaitAsync(Patience));

    private static SqlText Endless(Engine engine) =>
        engine == Engine.Sqlite
            ? SqlText.Of(
                $"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) FROM "
                    + $"numbers"
            )
            : SqlText.Of($"SELECT count(*) FROM (SELECT pg_sleep(3600)) slept");
}
