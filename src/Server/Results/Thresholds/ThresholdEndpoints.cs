using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Results.Thresholds;

internal sealed class ThresholdEndpoints(Db db, ListLimits limits, CreationLimits creations, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var thresholds = ActivatorUtilities.CreateInstance<ThresholdEndpoints>(routes.ServiceProvider);
        new NounRoutes<Threshold, Guid>(routes, "threshold", "thresholds", Input.Uuid)
            .List(call => (Page.Of(call), ThresholdFilter.Of(call)), thresholds.ListAsync)
            .Create<NewThreshold>(thresholds.CreateAsync)
            .View(call => (call.PathUuid("threshold"), call.QueryUuid("model")), thresholds.ViewAsync)
            .Replace<ThresholdPut>(thresholds.UpdateAsync)
            .Delete(thresholds.DeleteAsync);
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project, (Page Page, ThresholdFilter Filter) asked)
    {
        var (page, filter) = asked;
        var (thresholds, total) = await db.ReadAsync(
            sql => ThresholdTable.ListAsync(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(thresholds, total, Wire.Default.IReadOnlyListThreshold);
    }

    public async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var project = granted.Project;
        var threshold = await call.BodyAsync(Wire.Default.NewThreshold);
        var now = time.GetUtcNow();
        return Answer.Created(
            await db.WriteAsync(sql =>
                creations.WithinAsync(sql, project, now, () => SetThresholds.CreateAsync(sql, project, threshold, now))
            ),
            Wire.Default.Threshold
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, (Guid Threshold, Guid? Model) asked)
    {
        var (uuid, model) = asked;
        return Answer.Ok(
            await db.ReadAsync(sql => ThresholdTable.ViewAsync(sql, project, uuid, model, call.Aborted), call.Aborted),
            Wire.Default.Threshold
        );
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var project = granted.Project;
        var model = ModelOf(await call.BodyAsync(Wire.Default.ThresholdPut));
        var now = time.GetUtcNow();
        return Answer.Ok(
            await db.WriteAsync(sql =>
                creations.WithinAsync(sql, project, now, () =>
                    SetThresholds.UpdateAsync(sql, project, uuid, model, limits, now)
                )
            ),
            Wire.Default.Threshold
        );
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid uuid)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => SetThresholds.DeleteAsync(sql, project, uuid));
        return Answer.Deleted;
    }

    private static Model? ModelOf(ThresholdPut body)
    {
        if (body.Test is not { } test)
        {
            return body == new ThresholdPut { Test = null }
                ? null
                : throw Refusal.BadInput(
                    "unable to parse JSON body: test: null removes the model; no other field is allowed beside it"
                );
        }
        var model = new Model(
            test,
            body.MinSampleSize,
            body.MaxSampleSize,
            body.Window,
            body.LowerBoundary,
            body.UpperBoundary
        );
        return model.Problem() is { } problem ? throw Refusal.BadInput(problem) : model;
    }
}
