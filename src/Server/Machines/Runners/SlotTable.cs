using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Runners;

/// <summary>The table of runners' slots: the connection and the job of each.</summary>
internal static class SlotTable
{
    /// <summary>The most slots that a runner can have.</summary>
    public const int SlotsMax = 64;

    /// <summary>Gives a slot to a new connection. A signal tells the connection that held it before.</summary>
    /// <param name="server">The server that the connection is on.</param>
    /// <returns>True when the table showed another connection in the slot, and the server of that connection.</returns>
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

    /// <summary>Records the end of a connection. If a newer connection has the slot by now, it keeps it.</summary>
    /// <param name="jobId">The connection's job, which was last heard of at <paramref name="heard"/>.</param>
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

    /// <summary>Finds the connection that serves this slot.</summary>
    public static Task<Guid?> ChannelAsync(Sql sql, Id<Runner> runnerId, int slot) =>
        sql.FirstAsync($"SELECT channel FROM runner_slots WHERE runner_id = {runnerId} AND slot = {slot}", row =>
            row.UuidOrNull()
        );

    /// <summary>Locks and reads the job recorded in this slot.</summary>
    public static async Task<JobRow?> JobAsync(Sql sql, Id<Runner> runnerId, int slot) =>
        await sql.IdAsync<Job>($"SELECT job_id FROM runner_slots WHERE runner_id = {runnerId} AND slot = {slot}")
            is { Value: > 0 } id
            ? await JobTable.LockAsync(sql, id)
            : null;

    /// <summary>Stores the facts that a runner reported about itself.</summary>
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
