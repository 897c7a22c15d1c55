using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Alerts;

internal sealed class AlertEndpoints(Db db, ProjectAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var alerts = ActivatorUtilities.CreateInstance<AlertEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/alerts", alerts.ListAsync).GivesList<Alert>();
        routes.Get("/v0/projects/{project}/alerts/{alert}", alerts.ViewAsync).Gives<Alert>();
        routes.Patch("/v0/projects/{project}/alerts/{alert}", alerts.UpdateAsync).Takes<AlertPatch>().Gives<Alert>();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var page = Page.Of(call);
        var filter = new AlertFilter(call.QueryWord<AlertStatus>("status"), call.QueryFlag("archived"), Page.Sort(call, "modified", "created") == "created");
        var project = await access.ViewAsync(call);
        var (alerts, total) = await db.ReadAsync(sql => AlertTable.ListAsync(sql, project, filter, page, call.Aborted), call.Aborted);
        return Answer.List(alerts, total, Wire.Default.IReadOnlyListAlert);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var uuid = call.PathUuid("alert");
        var project = await access.ViewAsync(call);
        return Answer.Ok(await db.ReadAsync(sql => AlertTable.ViewAsync(sql, project, uuid, call.Aborted), call.Aborted), Wire.Default.Alert);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var uuid = call.PathUuid("alert");
        var project = await access.AnyAsync(call, Permission.Edit);
        var patch = await call.BodyAsync(Wire.Default.AlertPatch);
        return Answer.Ok(await db.WriteAsync(sql => AlertTable.UpdateAsync(sql, project, uuid, patch.Status, time.GetUtcNow())), Wire.Default.Alert);
    }
}
