using Paddock.Core.Names;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Results.Perf;

/// <summary>The parameters of a request for a plot's data.</summary>
/// <param name="Compact">True for the compact form, numbers in columns; false for v0's JSON.</param>
/// <param name="Reports">True if the compact form must name the report of each point.</param>
internal sealed record PerfRequest(PerfQuery Query, bool Compact, bool Reports)
{
    public static PerfRequest Of(Call call)
    {
        var query = PerfQuery.Of(call);
        var compact = call.Query("format", ["v0", "compact"]) switch
        {
            null or "" or "v0" => false,
            "compact" => true,
            var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is neither v0 nor compact"),
        };
        var reports = call.Query("reports", ["true", "false"]) switch
        {
            null or "" or "true" => true,
            "false" => !compact,
            var other => !compact
                ? true
                : throw Call.BadQuery("reports", $"{Text.Quote(other)} is neither true nor false"),
        };
        return new(query, compact, reports);
    }
}

/// <summary>The parameters of a request for a plot's image.</summary>
internal sealed record ImageRequest(PerfQuery Query, PerfDisplay Display, string? Title, ImageForm Form);

internal sealed class PerfEndpoints(Db db, Shares shares, PackPoints pack, LimitOptions limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var perf = ActivatorUtilities.CreateInstance<PerfEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/perf", PerfRequest.Of, OnProject.View, perf.QueryAsync)
            .Gives<Core.Wire.Perf>();
        routes
            .Get("/v0/projects/{project}/perf/img", ReadImage, OnProject.View, perf.ImageAsync)
            .GivesMedia("image/jpeg");
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            // The same as the API, but authenticated by the browser's cookie.
            routes.Page(root + "{project}/perf.json", OnProject.View, (call, project) =>
                perf.QueryAsync(call, project, PerfRequest.Of(call))
            );
            routes.Page(root + "{project}/perf.svg", OnProject.View, (call, project) =>
                perf.ImageAsync(call, project, ReadImage(call) with { Form = ImageForm.Svg })
            );
        }
    }

    private async Task<Answer> QueryAsync(Call call, ProjectRow project, PerfRequest asked)
    {
        var (query, compact, reports) = asked;
        var pointsMax = compact ? limits.PlotCompactPointsMax : limits.PlotPointsMax;
        return await HoldingPlaceAsync(call, async place =>
        {
            var data = await db.ReadAsync(
                sql => PerfTable.LoadAsync(sql, project, query, pointsMax, call.Aborted, reports),
                call.Aborted
            );
            pack.Want(data.WorthPacking);
            return new LongAnswer(
                StatusCodes.Status200OK,
                "application/json",
                total: 1,
                async flow =>
                {
                    await (
                        compact
                            ? new PerfCompact(data, reports, flow).WriteAsync()
                            : new PerfJson(data, flow).WriteAsync()
                    );
                    PointMemory.GiveBack(data.Points);
                },
                place
            );
        });
    }

    private static ImageRequest ReadImage(Call call) =>
        new(PerfQuery.Of(call), PerfDisplay.Of(call), call.Query("title"), ImageForms.Of(call));

    private async Task<Answer> ImageAsync(Call call, ProjectRow project, ImageRequest asked)
    {
        var (query, display, wanted, form) = asked;
        var title = string.IsNullOrEmpty(wanted) ? project.Name : wanted;
        return await HoldingPlaceAsync(call, async place =>
        {
            var data = await db.ReadAsync(
                sql => PerfTable.LoadAsync(sql, project, query, limits.PlotPointsMax, call.Aborted),
                call.Aborted
            );
            pack.Want(data.WorthPacking);
            if (PerfPlot.IsTooMuch(data))
                throw Refusal.BadInput(PerfPlot.TooMuch);
            var picture = PerfPlot.Of(data, display, title, time.GetUtcNow(), reportAddress: null);
            call.Http.Response.Headers.CacheControl = "private, max-age=0, no-cache";
            call.Http.Response.Headers.Vary = "Accept";
            return new LongAnswer(
                StatusCodes.Status200OK,
                ImageForms.MediaOf(form),
                total: null,
                flow => DrawAsync(picture, form, flow),
                place
            );
        });
    }

    // Counts against the limit of concurrent plots. The answer keeps its place until the client has read everything.
    private async Task<Answer> HoldingPlaceAsync(Call call, Func<IDisposable, Task<Answer>> plot)
    {
        var place = await shares.PlotAsync(call.Aborted);
        try
        {
            return await plot(place);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private static Task DrawAsync(PlotPicture picture, ImageForm form, Flow flow)
    {
        // Not streamed: a picture has a bounded size, since its lines are reduced to what is visible.
        if (form == ImageForm.Svg)
            PlotSvg.Write(picture, flow.Output);
        else
            PlotPixels.Write(picture, form, flow.Output);
        return Task.CompletedTask;
    }
}
