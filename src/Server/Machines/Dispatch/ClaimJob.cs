using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>A slot that asks for a job.</summary>
/// <param name="Channel">The connection that asks. A connection that a newer one has replaced gets no job.</param>
/// <param name="Sandboxes">The kinds of sandbox the runner offers; null when it has not said.</param>
/// <param name="KnowsPairs">True when the runner can alternate two images within one job.</param>
internal sealed record Claimant(
    Id<Runner> RunnerId,
    int Slot,
    Guid Channel,
    IReadOnlyList<string>? Sandboxes,
    bool KnowsPairs = false
);

/// <param name="Job">The claimed job after the claim; null when no job was found for the slot.</param>
/// <param name="SpecIds">The specs whose jobs the slot may claim.</param>
internal sealed record ClaimOutcome(JobRow? Job, IReadOnlyList<Id<Spec>> SpecIds);

/// <summary>
/// Claims the best waiting job for a free slot, in one transaction. The order is: the highest priority; within it, the
/// organization with the fewest running jobs, then the one that was served longest ago; within an organization, the
/// oldest job.
/// </summary>
internal static class ClaimJob
{
    // At most this many waiting organizations are considered per spec and priority, in key order. The rest follow as
    // these are served.
    private const int GroupsMax = 1000;

    private sealed record Served(Id<Spec> SpecId, string? Sandbox, long? Priority);

    private sealed record Group(Id<Spec> SpecId, Id<Organization> OrganizationId, Turn Turn);

    public static async Task<ClaimOutcome> RunAsync(Sql sql, Claimant claimant, JobOptions options, DateTimeOffset now)
    {
        var free = await sql.FirstAsync(
            $"""
            SELECT runners.organization_id, {RunnerTable.TakesAnybodys} FROM runner_slots JOIN runners ON runners.id = runner_slots.runner_id
            WHERE runner_slots.runner_id = {claimant.RunnerId} AND runner_slots.slot = {claimant.Slot} AND runner_slots.channel = {claimant.Channel}
              AND runner_slots.job_id IS NULL AND (runners.slots IS NULL OR runner_slots.slot < runners.slots)
              AND runners.maintenance IS NULL AND runners.draining = 0 AND runners.archived IS NULL{sql.ForUpdateOf(
                "runner_slots"
            )}
            """,
            row => new { Organization = row.IdOrNull<Organization>(), Anybodys = row.Bool() }
        );
        if (free is null)
            return new(Job: null, []);
        if (options.PerOrganizationMax is not null || options.PerAddressMax is not null)
            await ServerTable.LockAsync(sql); // The lock keeps the counts below valid until the claim commits.
        var served = (await ServedAsync(sql, claimant.RunnerId, below: null)).FindAll(spec =>
            Sandboxes.Offer(claimant.Sandboxes, spec.Sandbox)
        );
        Id<Spec>[] specIds = [.. served.Select(spec => spec.SpecId)];
        while (served.Max(spec => spec.Priority) is { } priority)
        {
            foreach (
                var group in await GroupsAsync(
                    sql,
                    served.FindAll(spec => spec.Priority == priority),
                    priority,
                    free.Organization,
                    free.Anybodys
                )
            )
            {
                if (group.Turn.Held >= options.PerOrganizationMax)
                    continue;
                if (await TakeAsync(sql, group, priority, claimant, options, now) is { } job)
                    return new(job, specIds);
            }
            // Every job at this priority is held back by a limit; jobs at lower priorities may not be.
            var lower = await ServedAsync(sql, claimant.RunnerId, below: priority);
            served = lower.FindAll(spec => served.Exists(s => s.SpecId == spec.SpecId));
        }
        return new(Job: null, specIds);
    }

    // The specs the runner serves, each with the highest priority among its waiting jobs.
    private static Task<List<Served>> ServedAsync(Sql sql, Id<Runner> runnerId, long? below)
    {
        var limit = below is { } priority ? SqlText.Of($" AND jobs.priority < {priority}") : SqlText.Empty;
        return sql.ListAsync(
            $"""
            SELECT specs.id, specs.sandbox, (SELECT max(jobs.priority) FROM jobs WHERE jobs.spec_id = specs.id AND {JobTable.IsWaiting}{limit})
            FROM runner_specs JOIN specs ON specs.id = runner_specs.spec_id WHERE runner_specs.runner_id = {runnerId}
            """,
            row => new Served(row.Id<Spec>(), row.TextOrNull(), row.LongOrNull())
        );
    }

    // The organizations with waiting jobs. The recursive query seeks from one organization to the next in the index, so
    // the cost does not depend on how many jobs each has.
    private static async Task<List<Group>> GroupsAsync(
        Sql sql,
        List<Served> specs,
        long priority,
        Id<Organization>? only,
        bool anybodys
    )
    {
        var groups = new List<Group>();
        // Jobs of unclaimed organizations come from strangers, so a shared runner takes them only if its operator
        // allowed that.
        var claimed =
            anybodys || only is not null
                ? SqlText.Empty
                : SqlText.Of(
                    $" AND EXISTS (SELECT 1 FROM organization_roles WHERE organization_roles.organization_id = "
                        + $"found.id)"
                );
        foreach (var spec in specs)
        {
            var waiting = SqlText.Of(
                $"jobs.spec_id = {spec.SpecId} AND jobs.priority = {priority} AND {JobTable.IsWaiting}"
            );
            var own = only is { } organization ? SqlText.Of($" AND found.id = {organization}") : SqlText.Empty;
            groups.AddRange(
                await sql.ListAsync(
                    $"""
                    WITH RECURSIVE found (id) AS (
                        SELECT min(jobs.organization_id) FROM jobs WHERE {waiting}
                        UNION ALL
                        SELECT (SELECT min(jobs.organization_id) FROM jobs WHERE {waiting} AND jobs.organization_id > found.id) FROM found WHERE found.id IS NOT NULL)
                    SELECT found.id,
                        (SELECT count(*) FROM jobs WHERE jobs.organization_id = found.id AND {JobTable.IsHeld}),
                        (SELECT COALESCE(max(jobs.claimed), 0) FROM jobs WHERE jobs.organization_id = found.id),
                        (SELECT min(jobs.id) FROM jobs WHERE {waiting} AND jobs.organization_id = found.id)
                    FROM found WHERE found.id IS NOT NULL{own}{claimed} LIMIT {GroupsMax}
                    """,
                    row => new Group(
                        spec.SpecId,
                        row.Id<Organization>(),
                        new(row.Id<Spec>(), row.Id<Organization>(), row.LongOrZero())
                    )
                )
            );
        }
        return [.. groups.OrderBy(group => group.Turn)];
    }

    private static async Task<JobRow?> TakeAsync(
        Sql sql,
        Group group,
        long priority,
        Claimant claimant,
        JobOptions options,
        DateTimeOffset now
    )
    {
        var capped = options.PerAddressMax is { } max
            ? SqlText.Of(
                $" AND (jobs.address IS NULL OR (SELECT count(*) FROM jobs held WHERE held.address = jobs.address "
                    + $"AND held.status IN ('claimed', 'running')) < {max})"
            )
            : SqlText.Empty;
        // Skips jobs of deleted projects: a run may have arrived while its project was being deleted.
        var living = new Raw(
            " AND EXISTS (SELECT 1 FROM projects WHERE projects.id = jobs.project_id AND projects.deleted IS NULL)"
        );
        // A job that this runner declined is left to other runners for a while.
        var declined = SqlText.Of(
            $" AND (jobs.declined_by IS NULL OR jobs.declined_by <> {claimant.RunnerId} OR jobs.declined <= "
                + $"{now - options.DeclinePause})"
        );
        var paired = Paired(claimant, RunnerLiveness.SeenSince(now, options.HeartbeatTimeout));
        var pinned = SqlText.Of(
            $" AND (jobs.only_runner_id IS NULL OR jobs.only_runner_id = {claimant.RunnerId}){paired}"
        );
        var id = await sql.IdAsync<Job>(
            $"""
            SELECT jobs.id FROM jobs
            WHERE jobs.spec_id = {group.SpecId} AND jobs.priority = {priority} AND {JobTable.IsWaiting} AND jobs.organization_id = {group.OrganizationId}{capped}{declined}{pinned}{living}
            ORDER BY jobs.id LIMIT 1{sql.ForClaimOf("jobs")}
            """
        );
        if (id.IsNone)
            return null;
        if (!claimant.KnowsPairs)
            await ConfirmJob.SetApartAsync(sql, id, claimant.RunnerId, now);
        return await JobTable.ClaimAsync(sql, id, claimant.RunnerId, claimant.Slot, now);
    }

    // A confirmation job goes to a runner that supports pairs. A runner without that support takes it, split into
    // separate jobs, only when no runner with it is alive.
    private static SqlText Paired(Claimant claimant, DateTimeOffset seenSince) =>
        claimant.KnowsPairs
            ? SqlText.Empty
            : SqlText.Of(
                $"""
                 AND (jobs.confirmation_id IS NULL OR jobs.side IS NOT NULL OR NOT EXISTS (
                    SELECT 1 FROM runner_specs JOIN runners ON runners.id = runner_specs.runner_id
                    WHERE runner_specs.spec_id = jobs.spec_id AND runners.pairs = 1 AND {RunnerRow.TakesJobsNow}
                      AND {RunnerLiveness.IsAlive(seenSince)}
                      AND (runners.organization_id IS NULL OR runners.organization_id = jobs.organization_id)))
                """
            );
}
