using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>A waiting job's position (how many jobs go first) and the reason why it waits.</summary>
internal readonly record struct JobPlace(int Position, string Reason);

/// <summary>
/// Explains why a job waits: how many jobs go first, and what the runners that could take it are doing.
/// </summary>
internal sealed class JobQueue(Dispatcher dispatch, JobOptions options)
{
    private const int RunnersMax = 1000;

    /// <summary>Reads a job in its public JSON form, or null when it does not exist.</summary>
    public async Task<Job?> WithPlaceAsync(Sql sql, Id<Project> projectId, Guid uuid, CancellationToken ct) =>
        await JobTable.FindAsync(sql, projectId, uuid, ct) is { } row ? await WithPlaceAsync(sql, row, ct) : null;

    public async Task<Job> WithPlaceAsync(Sql sql, JobRow row, CancellationToken ct)
    {
        if (row.Status != JobStatus.Pending)
            return row.ToWire();
        var ahead = await sql.NumberAsync(
            $"""
            SELECT count(*) FROM jobs WHERE jobs.spec_id = {row.Spec.Id} AND jobs.priority = {row.Priority} AND {JobTable.IsWaiting}
              AND jobs.organization_id = {row.OrganizationId} AND jobs.id < {row.Id}
            """,
            ct
        );
        var before = (await OrderAsync(sql, row.Spec.Id, row.Priority, ct))(row.OrganizationId, ahead);
        var reason = await (await ReasonsAsync(sql, row.Spec, ct))(row.OrganizationId, before);
        return row.ToWire() with { Position = (int)before, Reason = Joined(row, reason) };
    }

    /// <summary>
    /// The same as <see cref="WithPlaceAsync(Sql, JobRow, CancellationToken)"/> for several jobs. The number of queries
    /// depends on their specs and priorities, not on the number of jobs.
    /// </summary>
    public async Task<IReadOnlyDictionary<Guid, JobPlace>> PlacesAsync(
        Sql sql,
        IReadOnlyCollection<Guid> jobs,
        CancellationToken ct
    )
    {
        var places = new Dictionary<Guid, JobPlace>();
        if (jobs.Count == 0)
            return places;
        var waiting = await sql.ListAsync(
            $"""
            SELECT {JobRow.Columns}, (SELECT count(*) FROM jobs older WHERE older.spec_id = jobs.spec_id AND older.priority = jobs.priority
                AND older.status = 'pending' AND older.organization_id = jobs.organization_id AND older.id < jobs.id)
            FROM {JobRow.From} WHERE jobs.uuid IN {jobs} AND {JobTable.IsWaiting}
            """,
            row => (Row: JobRow.Read(row), Ahead: row.Long()),
            ct
        );
        foreach (var spec in waiting.GroupBy(job => job.Row.Spec.Id))
        {
            var why = await ReasonsAsync(sql, spec.First().Row.Spec, ct);
            foreach (var priority in spec.GroupBy(job => job.Row.Priority))
            {
                var before = await OrderAsync(sql, spec.Key, priority.Key, ct);
                foreach (var (row, ahead) in priority)
                {
                    var place = before(row.OrganizationId, ahead);
                    places[row.Uuid] = new((int)place, Joined(row, await why(row.OrganizationId, place)));
                }
            }
        }
        return places;
    }

    // The job's own reason comes first, then the reason why it waits.
    private static string Joined(JobRow row, string reason) => row.Reason is null ? reason : $"{row.Reason} {reason}";

    /// <summary>
    /// Works out the order in which the waiting jobs of a spec and priority will be claimed. It is read once, for any
    /// number of jobs.
    /// </summary>
    /// <returns>A function from a job's organization, and the number of that organization's jobs ahead of it, to the
    /// number of all jobs ahead of it.</returns>
    public async Task<Func<Id<Organization>, long, long>> OrderAsync(
        Sql sql,
        Id<Spec> specId,
        int priority,
        CancellationToken ct
    )
    {
        var above = await sql.NumberAsync(
            $"SELECT count(*) FROM jobs WHERE jobs.spec_id = {specId} AND {JobTable.IsWaiting} AND jobs.priority > "
                + $"{priority}",
            ct
        );
        var contenders = await sql.ListAsync(
            $"""
            SELECT waiting.organization_id, waiting.jobs,
                (SELECT count(*) FROM jobs WHERE jobs.organization_id = waiting.organization_id AND {JobTable.IsHeld}),
                (SELECT COALESCE(max(jobs.claimed), 0) FROM jobs WHERE jobs.organization_id = waiting.organization_id), waiting.first
            FROM (SELECT jobs.organization_id, count(*) AS jobs, min(jobs.id) AS first FROM jobs
                WHERE jobs.spec_id = {specId} AND jobs.priority = {priority} AND {JobTable.IsWaiting} GROUP BY jobs.organization_id) waiting
            """,
            row => new Contender(row.Id<Organization>(), row.Long(), new(row.Long(), row.Long(), row.Long())),
            ct
        );
        // When every runner belongs to an organization, no runner takes jobs of another organization, so other queues
        // do not matter.
        var isShared =
            await sql.NumberAsync(
                $"""
                SELECT CAST(min(CASE WHEN runners.organization_id IS NULL THEN 0 ELSE 1 END) AS BIGINT)
                FROM runner_specs JOIN runners ON runners.id = runner_specs.runner_id WHERE runner_specs.spec_id = {specId} AND runners.archived IS NULL
                """,
                ct
            ) == 0;
        return (organizationId, ahead) =>
        {
            var others = isShared ? contenders.Where(contender => contender.OrganizationId != organizationId) : [];
            var own = contenders.Find(contender => contender.OrganizationId == organizationId);
            return above
                + (own is null ? ahead : QueueOrder.Before(own.Turn, ahead, others, options.PerOrganizationMax));
        };
    }

    /// <summary>
    /// Works out why jobs of a spec wait. The state of its runners is read once, for any number of jobs.
    /// </summary>
    /// <returns>A function from a job's organization, and the number of jobs ahead of it, to the reason.</returns>
    public async Task<Func<Id<Organization>, long, Task<string>>> ReasonsAsync(
        Sql sql,
        SpecRow spec,
        CancellationToken ct
    )
    {
        var runners = await sql.ListAsync(
            $"""
            SELECT {RunnerRow.Columns} FROM runner_specs JOIN runners ON runners.id = runner_specs.runner_id
            WHERE runner_specs.spec_id = {spec.Id} AND runners.archived IS NULL ORDER BY runners.id LIMIT {RunnersMax}
            """,
            RunnerRow.Read,
            ct
        );
        var seen = dispatch.SeenSince;
        var views = await RunnerTable.ViewsAsync(sql, runners, ct);
        var claims = new Dictionary<Id<Organization>, bool>();
        var held = new Dictionary<Id<Organization>, long>();
        return async (organizationId, before) =>
        {
            if (options.PerOrganizationMax is { } max)
            {
                if (!held.TryGetValue(organizationId, out var count))
                    held.Add(
                        organizationId,
                        count = await sql.NumberAsync(
                            $"SELECT count(*) FROM jobs WHERE jobs.organization_id = {organizationId} AND "
                                + $"{JobTable.IsHeld}",
                            ct
                        )
                    );
                if (count >= max)
                    return $"The organization has {count} {(count == 1 ? "job" : "jobs")} running, and no more may run "
                        + $"at once.";
            }
            if (!claims.TryGetValue(organizationId, out var isClaimed))
                claims.Add(
                    organizationId,
                    isClaimed = await sql.AnyAsync(
                        $"SELECT 1 FROM organization_roles WHERE organization_id = {organizationId}",
                        ct
                    )
                );
            // Runners of other organizations cannot take this job.
            var own = views.FindAll(view => view.Runner.OrganizationId is not { } owner || owner == organizationId);
            var open = own.FindAll(view =>
                view.Runner.OrganizationId == organizationId
                || isClaimed
                || view.Labels.Contains(RunnerTable.AnybodyLabel)
            );
            if (own.Count > 0 && open.Count == 0)
                return $"Nobody has claimed this project, and no runner of the spec {Text.Quote(spec.Name)} takes jobs "
                    + $"of unclaimed projects. Claim the project, or ask an administrator.";
            var served = open.Select(view => new Serving(
                    Sandboxes.Offer(view.Runner.ParsedFacts?.Sandboxes, spec.Sandbox),
                    view.State(seen),
                    view.HasRoom
                ))
                .ToList();
            return WaitReason.Of(spec.Name, spec.Sandbox, served, before);
        };
    }
}
