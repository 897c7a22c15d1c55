using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Installation;

/// <summary>The recent usage of this server by an organization.</summary>
internal sealed class UsageEndpoints(Db db, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var usage = ActivatorUtilities.CreateInstance<UsageEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/organizations/{organization}/usage", OnOrganization.Open(Permission.Manage), usage.ViewAsync)
            .Gives<Usage>();
    }

    private async Task<Answer> ViewAsync(Call call, OrganizationGrant granted) =>
        Answer.Ok(await ReadAsync(call, granted.Organization), Wire.Default.Usage);

    /// <summary>The usage of an organization in the last 30 days.</summary>
    public async Task<Usage> ReadAsync(Call call, OrganizationRow organization)
    {
        var end = time.GetUtcNow();
        var start = end - Period;
        var (metrics, seconds) = await db.ReadAsync(
            async sql =>
                (
                    await MetricsAsync(sql, organization.Id, start, end, call.Aborted),
                    await JobTable.SecondsAsync(sql, organization.Id, start, end, call.Aborted)
                ),
            call.Aborted
        );
        return new(
            organization.Uuid,
            UsageKind.SelfHostedFree,
            Plan: null,
            License: null,
            start,
            end,
            (ulong)metrics,
            ActiveSeries: null,
            RunnerMinutes: (ulong)(seconds + 59) / 60
        );
    }

    /// <summary>The number of metrics in the reports that ended in a time span.</summary>
    private static Task<long> MetricsAsync(
        Sql sql,
        Id<Organization> organizationId,
        DateTimeOffset start,
        DateTimeOffset end,
        CancellationToken ct
    ) =>
        sql.NumberAsync(
            $"""
            SELECT CAST(sum(reports.metrics) AS BIGINT) FROM reports JOIN projects ON projects.id = reports.project_id
            WHERE projects.organization_id = {organizationId} AND projects.deleted IS NULL AND reports.end_time BETWEEN {start} AND {end}
            """,
            ct
        );
}
