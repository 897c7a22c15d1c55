using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Comparisons;

/// <summary>One side of a comparison, resolved.</summary>
/// <param name="ReportId">Set if the side is a report: of its version, only this report's values count.</param>
internal sealed record SideRow(
    string Name,
    string Branch,
    Id<Head> HeadId,
    VersionRow Version,
    Id<Report>? ReportId,
    Guid? Report
)
{
    public ComparedSide ToWire() => new(Name, Branch, Version.ToWire(), Report);
}

/// <summary>
/// Resolves the name of a comparison's side: a report's UUID, a branch, or a prefix of a commit's hash.
/// </summary>
internal static class CompareSides
{
    private const int HashMin = 7;

    /// <exception cref="Refusal">The name matches nothing.</exception>
    public static async Task<SideRow> FindAsync(
        Sql sql,
        ProjectRow project,
        string field,
        string name,
        CancellationToken ct
    ) =>
        (UuidText.TryParse(name, out var uuid) ? await ReportAsync(sql, project, uuid, name, ct) : null)
        ?? (
            NameId<BranchName>.TryParse(name, out var branch) ? await BranchAsync(sql, project, branch, name, ct) : null
        )
        ?? (
            name.Length is >= HashMin and <= GitHash.Length && name.All(char.IsAsciiHexDigit)
                ? await CommitAsync(sql, project, name, ct)
                : null
        )
        ?? throw Refusal.BadInput(
            $"{field}: {Text.Quote(name)} is neither a branch with a report, nor a report, nor the first {HashMin} "
                + $"digits or more of a commit's hash"
        );

    private static Task<SideRow?> ReportAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        string name,
        CancellationToken ct
    ) =>
        sql.FirstAsync(
            $"""
            SELECT branches.name, reports.head_id, {VersionRow.Columns}, reports.id, reports.uuid FROM reports
            JOIN heads ON heads.id = reports.head_id JOIN branches ON branches.id = heads.branch_id JOIN versions ON versions.id = reports.version_id
            WHERE branches.project_id = {project.Id} AND reports.uuid = {uuid}
            """,
            row => Read(row, name),
            ct
        );

    private static Task<SideRow?> BranchAsync(
        Sql sql,
        ProjectRow project,
        NameId<BranchName> branch,
        string name,
        CancellationToken ct
    ) =>
        sql.FirstAsync(
            $"""
            SELECT branches.name, branches.head_id, {VersionRow.Columns}, NULL, NULL FROM branches JOIN versions ON versions.head_id = branches.head_id
            WHERE branches.project_id = {project.Id} AND {branch.Condition(
                "branches"
            )} ORDER BY versions.id DESC LIMIT 1
            """,
            row => Read(row, name),
            ct
        );

    private static Task<SideRow?> CommitAsync(Sql sql, ProjectRow project, string hash, CancellationToken ct) =>
        sql.FirstAsync(
            $"""
            SELECT branches.name, versions.head_id, {VersionRow.Columns}, NULL, NULL FROM branches JOIN heads ON heads.branch_id = branches.id
            JOIN versions ON versions.head_id = heads.id
            WHERE branches.project_id = {project.Id} AND substr(versions.hash, 1, CAST({hash.Length} AS INTEGER)) = {hash} ORDER BY versions.id DESC LIMIT 1
            """,
            row => Read(row, hash),
            ct
        );

    private static SideRow Read(Row row, string name) =>
        new(name, row.Text(), row.Id<Head>(), VersionRow.Read(row), row.IdOrNull<Report>(), row.UuidOrNull());
}
