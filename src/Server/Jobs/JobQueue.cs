using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Runners;

namespace Paddock.Server.Jobs;

/// <summary>Why a job waits: how many go before it, and what the runners do that could take it.</summary>
internal sealed class JobQueue(Dispatch dispatch, JobOptions options)
{
    private const int RunnersMax = 1000;

    /// <summary>A job as its JSON shows it to anybody, or null where there is none.</summary>
    public async Task<Job?> WithPlaceAsync(Sql sql, long projectId, Guid uuid, CancellationToken ct) =>
        await JobTable.FindAsync(sql, projectId, uuid, ct) is { } row ? await WithPlaceAsync(sql, row, ct) : null;

    public async Task<Job> WithPlaceAsync(Sql sql, JobRow row, CancellationToken ct)
    {
        if (row.Status != JobStatus.Pending) return row.ToWire();
        // In the order of a single organization. Others may come in between: which of them is next is decided when a slot is free.
        var before = await sql.NumberAsync(
            $"""
            SELECT count(*) FROM jobs WHERE jobs.spec_id = {row.Spec.Id} AND {JobTable.IsWaiting}
              AND (jobs.priority > {row.Priority} OR jobs.priority = {row.Priority} AND jobs.id < {row.Id})
            """, ct);
        var runners = await sql.ListAsync(
            $"""
            SELECT {RunnerRow.Columns} FROM runner_specs JOIN runners ON runners.id = runner_specs.runner_id
            WHERE runner_specs.spec_id = {row.Spec.Id} AND runners.archived IS NULL ORDER BY runners.id LIMIT {RunnersMax}
            """, RunnerRow.Read, ct);
        var seen = dispatch.SeenSince;
        var served = (await RunnerTable.ViewsAsync(sql, runners, ct)).ConvertAll(view => new Serving(
            Sandboxes.Offer(view.Runner.ParsedFacts?.Sandboxes, row.Spec.Sandbox), view.State(seen), view.Slots.Any(slot => slot is { Connected: true, Job: null })));
        var held = options.PerOrganizationMax is null ? 0 : await sql.NumberAsync($"SELECT count(*) FROM jobs WHERE jobs.organization_id = {row.OrganizationId} AND {JobTable.IsHeld}", ct);
        var reason = held >= options.PerOrganizationMax
            ? $"The organization has {held} {(held == 1 ? "job" : "jobs")} running, which is as many as may."
            : WaitReason.Of(row.Spec.Name, row.Spec.Sandbox, served, before);
        return row.ToWire() with { Position = (int)before, Reason = row.Reason is null ? reason : $"{row.Reason} {reason}" };
    }
}
