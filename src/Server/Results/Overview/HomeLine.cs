using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Overview;

/// <summary>The line of history that a project's pages describe: one branch on one testbed.</summary>
/// <param name="VersionMin">The first version of the last <see cref="RunsMax"/> reports.</param>
/// <param name="Runs">The number of reports since that version.</param>
internal sealed record HomeLine(
    Id<Head> HeadId,
    Guid Head,
    Guid Branch,
    string BranchName,
    string BranchSlug,
    Id<Testbed> TestbedId,
    Guid Testbed,
    string TestbedName,
    string TestbedSlug,
    Id<Spec> SpecId,
    Guid? Spec,
    long VersionMin,
    int Runs
)
{
    /// <summary>The number of reports that pages look back.</summary>
    public const int RunsMax = 40;

    /// <summary>
    /// Finds the line that the query names. Without a branch: main, master or trunk, else the branch of the newest
    /// report. Without a testbed: the branch's newest testbed.
    /// </summary>
    /// <returns>Null if no report matches.</returns>
    public static async Task<HomeLine?> FindAsync(
        Sql sql,
        ProjectRow project,
        NameId<BranchName>? branch,
        NameId<ResourceName>? testbed,
        CancellationToken ct
    )
    {
        var head = branch is { } named
            ? await sql.NumberAsync(
                $"SELECT head_id FROM branches WHERE project_id = {project.Id} AND {named.Condition("branches")}",
                ct
            )
            : await HeadAsync(sql, project, ct);
        if (head == 0)
            return null;
        // A waiting job already has a report, with its own version but without metrics.
        var where = SqlText.Of($"reports.head_id = {head} AND reports.metrics > 0 AND reports.incomplete = 0");
        if (testbed is { } place)
            where = SqlText.Of($"{where} AND {place.Condition("testbeds")}");
        var line = await sql.FirstAsync(
            $"""
            SELECT heads.id, heads.uuid, branches.uuid, branches.name, branches.slug, testbeds.id, testbeds.uuid, testbeds.name, testbeds.slug,
                COALESCE(reports.spec_id, 0), specs.uuid
            FROM reports JOIN heads ON heads.id = reports.head_id JOIN branches ON branches.id = heads.branch_id
            JOIN testbeds ON testbeds.id = reports.testbed_id LEFT JOIN specs ON specs.id = reports.spec_id
            WHERE {where} ORDER BY reports.id DESC LIMIT 1
            """,
            row => new HomeLine(
                row.Id<Head>(),
                row.Uuid(),
                row.Uuid(),
                row.Text(),
                row.Text(),
                row.Id<Testbed>(),
                row.Uuid(),
                row.Text(),
                row.Text(),
                row.Id<Spec>(),
                row.UuidOrNull(),
                VersionMin: 0,
                Runs: 0
            ),
            ct
        );
        if (line is null)
            return null;
        var versions = await sql.ListAsync(
            $"""
            SELECT version_id FROM reports WHERE head_id = {line.HeadId} AND testbed_id = {line.TestbedId}
                AND COALESCE(spec_id, 0) = {line.SpecId} AND metrics > 0
            ORDER BY version_id DESC LIMIT {RunsMax}
            """,
            row => row.Long(),
            ct
        );
        return line with { VersionMin = versions.Count == 0 ? 0 : versions[^1], Runs = versions.Count };
    }

    private static async Task<long> HeadAsync(Sql sql, ProjectRow project, CancellationToken ct)
    {
        var main = await sql.NumberAsync(
            $"""
            SELECT branches.head_id FROM branches
            WHERE project_id = {project.Id} AND archived IS NULL AND name IN ('main', 'master', 'trunk')
                AND EXISTS (SELECT 1 FROM reports WHERE reports.head_id = branches.head_id AND reports.metrics > 0)
            ORDER BY name LIMIT 1
            """,
            ct
        );
        return main != 0
            ? main
            : await sql.NumberAsync(
                $"""
                SELECT branches.head_id FROM reports JOIN heads ON heads.id = reports.head_id JOIN branches ON branches.id = heads.branch_id
                WHERE reports.project_id = {project.Id} AND reports.metrics > 0 ORDER BY reports.start_time DESC, reports.id DESC LIMIT 1
                """,
                ct
            );
    }
}
