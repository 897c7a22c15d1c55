using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.CiTrusts;

/// <param name="RepositoryId">The service's id of the repository, recorded at the first exchange.</param>
internal sealed record CiTrustRow(long Id, CiTrust Wire, string? RepositoryId)
{
    private static readonly Raw Columns = new(
        """
        ci_trusts.id, ci_trusts.uuid, projects.uuid, ci_trusts.service, ci_trusts.issuer, ci_trusts.repository, ci_trusts.ref,
        ci_trusts.environment, ci_trusts.pull_request_target, ci_trusts.created, ci_trusts.last_used, ci_trusts.repository_id
        """
    );

    public static SqlText Select { get; } =
        SqlText.Of($"SELECT {Columns} FROM ci_trusts JOIN projects ON projects.id = ci_trusts.project_id");

    public static CiTrustRow Read(Row row) =>
        new(
            row.Long(),
            new(
                row.Uuid(),
                row.Uuid(),
                row.Word<CiService>(),
                row.Text(),
                row.Text(),
                row.TextOrNull(),
                row.TextOrNull(),
                row.Bool(),
                row.Time(),
                row.TimeOrNull()
            ),
            row.TextOrNull()
        );

    /// <summary>Why this rule does not trust a job; null when it does.</summary>
    public string? WhyNot(CiClaims claims) =>
        claims.WhyNot(Wire)
        ?? (
            RepositoryId is not null && RepositoryId != claims.RepositoryId
                ? $"the repository {claims.Repository} is not the one that first used this rule, although it has the "
                    + "same name; if that is intended, delete the rule and create it again"
                : null
        );
}

/// <summary>The CI jobs that projects trust.</summary>
internal static class CiTrustTable
{
    public static readonly ListLimit Limit = new(
        "PADDOCK_TRUST_RULES_PER_PROJECT_MAX",
        Standard: 20,
        Owner: "project",
        Owners: "projects",
        Things: "trust rules",
        Table: "ci_trusts",
        OwnerColumn: "project_id"
    );

    public static Task<List<CiTrustRow>> ListAsync(Sql sql, Id<Project> projectId, CancellationToken ct) =>
        sql.ListAsync(
            $"{CiTrustRow.Select} WHERE ci_trusts.project_id = {projectId} ORDER BY ci_trusts.id",
            CiTrustRow.Read,
            ct
        );

    /// <exception cref="Refusal">The project has reached its limit, or has this rule already.</exception>
    public static async Task<CiTrust> InsertAsync(Sql sql, ProjectRow project, CiTrust rule, ListLimits limits)
    {
        await limits.MakeRoomAsync(sql, Limit, project.Id, rule.Created);
        var known = await ListAsync(sql, project.Id, CancellationToken.None);
        if (known.Exists(row => row.Wire with { Uuid = rule.Uuid, Created = rule.Created, LastUsed = null } == rule))
            throw Refusal.Conflict("The project has this trust rule already.");
        await sql.InsertAsync(
            $"""
            INSERT INTO ci_trusts (uuid, project_id, service, issuer, repository, ref, environment, pull_request_target, created)
            VALUES ({rule.Uuid}, {project.Id}, {rule.Service}, {rule.Issuer}, {rule.Repository}, {rule.Ref}, {rule.Environment},
                {rule.PullRequestTarget}, {rule.Created})
            """
        );
        return rule;
    }

    public static async Task<bool> DeleteAsync(Sql sql, ProjectRow project, Guid rule) =>
        await sql.ExecuteAsync($"DELETE FROM ci_trusts WHERE project_id = {project.Id} AND uuid = {rule}") > 0;

    /// <summary>Records an exchange, and at the first one the id of the repository that the name referred to.</summary>
    public static Task UsedAsync(Sql sql, CiTrustRow rule, string? repositoryId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            UPDATE ci_trusts SET last_used = {now}, repository_id = COALESCE(repository_id, {repositoryId})
            WHERE id = {rule.Id}
            """
        );
}
