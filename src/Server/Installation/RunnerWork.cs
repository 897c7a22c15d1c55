using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Installation;

/// <param name="Claimed">True when its organization has a leader.</param>
/// <param name="Seconds">The time that runners worked for the project.</param>
internal sealed record ProjectWork(Guid Uuid, string Name, bool Claimed, Spans<long> Seconds);

/// <summary>How many jobs took a given number of seconds.</summary>
internal readonly record struct JobLengths(bool Claimed, long Seconds, Spans<long> Jobs);

/// <summary>
/// Statistics of the time that runners spent on jobs that became reports, by the jobs' creation time.
/// </summary>
internal static class RunnerWork
{
    private static readonly Raw Seconds = new("jobs.completed - jobs.started");

    public static async Task<RunnerStats> ReadAsync(Sql sql, DateTimeOffset now, CancellationToken ct)
    {
        var projects = await sql.ListAsync(
            $"""
            SELECT projects.uuid, projects.name, {Stats.Claimed}, {Stats.Counts("jobs.created", Seconds.Text, now)}
            FROM jobs JOIN projects ON projects.id = jobs.project_id
            WHERE projects.deleted IS NULL AND jobs.status = 'processed' GROUP BY projects.id, projects.uuid, projects.name, projects.organization_id ORDER BY projects.id
            """,
            row => new ProjectWork(row.Uuid(), row.Text(), row.Bool(), Stats.ReadSpans(row)),
            ct
        );
        var lengths = await sql.ListAsync(
            $"""
            SELECT claimed, seconds, {Stats.Counts("created", "1", now)}
            FROM (SELECT {Seconds} AS seconds, jobs.created, {Stats.Claimed} AS claimed FROM jobs JOIN projects ON projects.id = jobs.project_id
                WHERE projects.deleted IS NULL AND jobs.status = 'processed') counted
            GROUP BY claimed, seconds ORDER BY seconds
            """,
            row => new JobLengths(row.Bool(), row.Long(), Stats.ReadSpans(row)),
            ct
        );
        return Of(projects, lengths);
    }

    /// <param name="lengths">Sorted by seconds, ascending.</param>
    public static RunnerStats Of(IReadOnlyList<ProjectWork> projects, IReadOnlyList<JobLengths> lengths)
    {
        return new(
            ByOwner(owner => Stats.Sum(projects.Where(p => owner(p.Claimed)).Select(p => p.Seconds))),
            ByOwner(owner =>
                Stats.Medians(span => [.. lengths.Where(l => owner(l.Claimed)).Select(l => (l.Seconds, span(l.Jobs)))])
            ),
            ByOwner(owner => Top([.. projects.Where(p => owner(p.Claimed))]))
        );

        // The paid group is always empty, because this server sells no plans.
        static ByOwner<T> ByOwner<T>(Func<Func<bool, bool>, T> of) =>
            new(of(_ => true), of(claimed => !claimed), of(claimed => claimed), of(_ => false));
    }

    private static TopJobCohort Top(List<ProjectWork> projects)
    {
        IReadOnlyList<TopJobProject> In(Func<Spans<long>, long> span) =>
            Stats.Top(
                projects,
                p => span(p.Seconds),
                (p, seconds, part) => new TopJobProject(p.Name, p.Uuid, seconds, part)
            );
        return new(In(s => s.Week), In(s => s.Month), In(s => s.Total));
    }
}
