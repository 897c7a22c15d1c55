using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Installation;

/// <param name="Claimed">Whether its organization has a leader.</param>
/// <param name="Seconds">That runners worked for it.</param>
internal sealed record ProjectWork(Guid Uuid, string Name, bool Claimed, Spans<long> Seconds);

/// <summary>So many jobs took so many seconds each.</summary>
internal readonly record struct JobLengths(bool Claimed, long Seconds, Spans<long> Jobs);

/// <summary>What runners worked on jobs that became reports, counted by when the jobs were asked for.</summary>
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

    /// <param name="lengths">By seconds, ascending.</param>
    public static RunnerStats Of(IReadOnlyList<ProjectWork> projects, IReadOnlyList<JobLengths> lengths)
    {
        return new(
            ByOwner(owner => Stats.Sum(projects.Where(p => owner(p.Claimed)).Select(p => p.Seconds))),
            ByOwner(owner =>
                Stats.Medians(span => [.. lengths.Where(l => owner(l.Claimed)).Select(l => (l.Seconds, span(l.Jobs)))])
            ),
            ByOwner(owner => Top([.. projects.Where(p => owner(p.Claimed))]))
        );

        // Nobody has a paid plan: this server sells none.
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
