using Paddock.Core.Wire;
using Paddock.Server.Database;

namespace Paddock.Server.Server;

/// <summary>How many seconds runners worked for a project.</summary>
internal sealed record ProjectWork(Guid Uuid, string Name, bool Claimed, Spans<long> Seconds);

/// <summary>So many jobs took so many seconds each.</summary>
internal readonly record struct JobLengths(bool Claimed, long Seconds, Spans<long> Jobs);

/// <summary>What runners have done, counted like the rest of <see cref="Stats"/>.</summary>
internal static class RunnerStatsTable
{
    private const int TopMax = 10;

    public static async Task<(List<ProjectWork> Works, List<JobLengths> Lengths)> ReadAsync(Sql sql, DateTimeOffset now, CancellationToken ct) =>
    (
        await sql.ListAsync(
            $"""
            SELECT projects.uuid, projects.name, {Stats.Claimed}, {Stats.Counts("jobs.completed", "jobs.completed - jobs.started", now)}
            FROM jobs JOIN projects ON projects.id = jobs.project_id
            WHERE jobs.status = 'processed' AND projects.deleted IS NULL GROUP BY projects.id, projects.uuid, projects.name, projects.organization_id
            """, row => new ProjectWork(row.Uuid(), row.Text(), row.Bool(), Stats.ReadSpans(row)), ct),
        await sql.ListAsync(
            $"""
            SELECT claimed, seconds, {Stats.Counts("completed", "1", now)}
            FROM (SELECT jobs.completed, jobs.completed - jobs.started AS seconds, {Stats.Claimed} AS claimed FROM jobs JOIN projects ON projects.id = jobs.project_id
                WHERE jobs.status = 'processed' AND projects.deleted IS NULL) counted
            GROUP BY claimed, seconds ORDER BY seconds
            """, row => new JobLengths(row.Bool(), row.Long(), Stats.ReadSpans(row)), ct)
    );

    /// <param name="lengths">By seconds, ascending.</param>
    public static RunnerStats Of(IReadOnlyList<ProjectWork> works, IReadOnlyList<JobLengths> lengths) => new(
        Cohorts(keep => Stats.Sum(works.Where(work => keep(work.Claimed)).Select(work => work.Seconds))),
        Cohorts(keep => Medians([.. lengths.Where(length => keep(length.Claimed))])),
        Cohorts(keep => Top([.. works.Where(work => keep(work.Claimed))])));

    private static RunnerCohort<T> Cohorts<T>(Func<Func<bool, bool>, T> of) => new(of(_ => true), of(claimed => !claimed), of(claimed => claimed), of(_ => false));

    private static MedianCohort Medians(List<JobLengths> lengths)
    {
        double In(Func<Spans<long>, long> span) => Stats.Median([.. lengths.Select(length => (length.Seconds, span(length.Jobs)))]);
        return new(In(s => s.Week), In(s => s.Month), In(s => s.Total));
    }

    private static TopJobCohort Top(List<ProjectWork> works)
    {
        IReadOnlyList<TopJobProject> In(Func<Spans<long>, long> span)
        {
            var all = works.Sum(work => span(work.Seconds));
            return [.. works.Where(work => span(work.Seconds) > 0).OrderByDescending(work => span(work.Seconds)).ThenBy(work => work.Name, StringComparer.Ordinal).Take(TopMax)
                .Select(work => new TopJobProject(work.Name, work.Uuid, (ulong)span(work.Seconds), span(work.Seconds) * 100.0 / all))];
        }
        return new(In(s => s.Week), In(s => s.Month), In(s => s.Total));
    }
}
