using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Alerts;

internal sealed class AlertEndpoints(Db db, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var alerts = ActivatorUtilities.CreateInstance<AlertEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/alerts", ReadList, OnProject.View, alerts.ListAsync).GivesList<Alert>();
        routes
            .Get("/v0/projects/{project}/alerts/{alert}", Input.Uuid("alert"), OnProject.View, alerts.ViewAsync)
            .Gives<Alert>();
        routes
            .Patch(
                "/v0/projects/{project}/alerts/{alert}",
                Input.Uuid("alert"),
                OnProject.May(Permission.Edit),
                alerts.UpdateAsync
            )
            .Takes<AlertPatch>()
            .Gives<Alert>();
    }

    private static (Page Page, AlertFilter Filter) ReadList(Call call) =>
        (
            Page.Of(call),
            new(
                call.QueryWord<AlertStatus>("status"),
                call.QueryFlag("archived"),
                Page.Sort(call, "modified", "created") == "created"
            )
        );

    private async Task<Answer> ListAsync(Call call, ProjectRow project, (Page Page, AlertFilter Filter) asked)
    {
        var (page, filter) = asked;
        var (alerts, total) = await db.ReadAsync(
            sql => AlertTable.ListAsync(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(alerts, total, Wire.Default.IReadOnlyListAlert);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        return Answer.Ok(
            await db.ReadAsync(sql => AlertTable.ViewAsync(sql, project, uuid, call.Aborted), call.Aborted),
            Wire.Default.Alert
        );
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var project = granted.Project;
        var patch = await call.BodyAsync(Wire.Default.AlertPatch);
        return Answer.Ok(
            await db.WriteAsync(sql => AlertTable.UpdateAsync(sql, project, uuid, patch.Status, time.GetUtcNow())),
            Wire.Default.Alert
        );
    }
}
