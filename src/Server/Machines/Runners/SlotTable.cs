using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Runners;

/// <summary>Which connection serves which slot of a runner.</summary>
internal static class SlotTable
{
    /// <summary>Of one runner.</summary>
    public const int SlotsMax = 64;

    /// <summary>Gives a slot to a new connection; whichever had it before hears of that.</summary>
    /// <param name="server">The server that has the connection.</param>
    /// <returns>Whether another connection had it until now, as far as the table knows, and the server that had
    /// that one.</returns>
    public static async Task<(bool IsShared, long? Server)> OpenAsync(
        Sql sql,
        Id<Runner> runnerId,
        int slot,
        Guid channel,
        int server,
        DateTimeOffset now
    )
    {
        await sql.ExecuteAsync(
            $"INSERT INTO runner_slots (runner_id, slot, kind) VALUES ({runnerId}, {slot}, 'benchmark') ON CONFLICT "
                + $"DO NOTHING"
        );
        var before = await sql.FirstAsync(
            $"SELECT channel, server FROM runner_slots WHERE runner_id = {runnerId} AND slot = "
                + $"{slot}{sql.ForUpdateOf("runner_slots")}",
            row => (IsShared: row.UuidOrNull() is not null, Server: row.LongOrNull())
        );
        await sql.ExecuteAsync(
            $"UPDATE runner_slots SET channel = {channel}, server = {server} WHERE runner_id = {runnerId} AND slot = "
                + $"{slot}"
        );
        await sql.ExecuteAsync(
            $"UPDATE runners SET last_heartbeat = {now}, {RunnerTable.Revised} WHERE id = {runnerId}"
        );
        await new Signal.Opened(runnerId, slot, channel).SendAsync(sql);
        return before;
    }

    /// <summary>A connection has ended; where another has its slot by now, that keeps it.</summary>
    /// <param name="jobId">What it was carrying out, which was heard of last at <paramref name="heard"/>.</param>
    public static async Task CloseAsync(
        Sql sql,
        Id<Runner> runnerId,
        int slot,
        Guid channel,
        Id<Job>? jobId,
        Guid? lease,
        DateTimeOffset heard
    )
    {
        if (jobId is { } job)
            await sql.ExecuteAsync($"UPDATE jobs SET heartbeat = {heard} WHERE id = {job} AND lease = {lease}");
        if (
            await sql.ExecuteAsync(
                $"UPDATE runner_slots SET channel = NULL WHERE runner_id = {runnerId} AND slot = {slot} AND channel "
                    + $"= {channel}"
            ) == 0
        )
            return;
        await RunnerTable.ReviseAsync(sql, runnerId);
        await new Signal.Closed(runnerId).SendAsync(sql);
    }

    /// <summary>The connection that serves this slot.</summary>
    public static Task<Guid?> ChannelAsync(Sql sql, Id<Runner> runnerId, int slot) =>
        sql.FirstAsync($"SELECT channel FROM runner_slots WHERE runner_id = {runnerId} AND slot = {slot}", row =>
            row.UuidOrNull()
        );

    /// <summary>The job that the table has in this slot.</summary>
    public static async Task<JobRow?> JobAsync(Sql sql, Id<Runner> runnerId, int slot) =>
        await sql.IdAsync<Job>($"SELECT job_id FROM runner_slots WHERE runner_id = {runnerId} AND slot = {slot}")
            is { Value: > 0 } id
            ? await JobTable.LockAsync(sql, id)
            : null;

    /// <summary>What a runner told about itself.</summary>
    public static async Task FactsAsync(Sql sql, Id<Runner> runnerId, RunnerFacts facts, string json)
    {
        await sql.ExecuteAsync(
            $"""
            UPDATE runners SET facts = {json}, os = {facts.Os}, arch = {facts.Arch}, version = {facts.Version}, boot = {facts.Boot}, draining = {facts.Draining
                ?? false}, pairs = {facts.Pairs ?? false}, {RunnerTable.Revised}
            WHERE id = {runnerId}
            """
        );
        await new Signal.Told(runnerId).SendAsync(sql);
    }
}
