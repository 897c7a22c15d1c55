using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.PinnedPlots;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.PinnedPlots;

/// <summary>The forms that pin, change and remove plots. The API endpoint does the work.</summary>
internal sealed class PinnedPlotForms(PlotEndpoints endpoints)
{
    private const long DaysMax = 36_500;
    private const long SecondsOfDay = 86_400;

    public async Task<Answer> CreateAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var chosen = CallOf(call, fields.Text("query"));
        var (query, display) = (PerfQuery.OfUnfinished(chosen), PerfDisplay.Of(chosen));
        if (!query.IsComplete)
            throw Refusal.BadInput("Choose a branch, a testbed, a benchmark and a measure in the explorer first.");
        var (title, days, place) = (
            fields.Optional<ResourceName>("title"),
            fields.Whole("window", 1, DaysMax),
            fields.Whole("index", 1, 64)
        );
        if (days is null)
            fields.Wrong("window", $"Allowed: 1 to {DaysMax} days.");
        fields.Check();
        await endpoints.CreateAsync(
            call.With(
                new NewPlot(
                    display.LowerValue,
                    display.UpperValue,
                    display.LowerBoundary,
                    display.UpperBoundary,
                    display.XAxis,
                    (uint)(days!.Value * SecondsOfDay),
                    query.Branches,
                    query.Testbeds,
                    query.Benchmarks,
                    query.Measures,
                    display.YAxis,
                    (byte?)(place - 1),
                    title
                )
            ),
            granted
        );
        return Pages.After(call.Http.Request.Path.Value![..^"/add".Length]);
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var (title, days, place) = (
            fields.Optional<ResourceName>("title"),
            fields.Whole("window", 1, DaysMax),
            fields.Whole("index", 1, 64)
        );
        if (days is null)
            fields.Wrong("window", $"Allowed: 1 to {DaysMax} days.");
        fields.Check();
        var patch = new PlotPatch { Title = new(title), Window = new((uint)(days!.Value * SecondsOfDay)) };
        if (place is { } wanted)
            patch = patch with { Index = new((byte)(wanted - 1)) };
        await endpoints.UpdateAsync(call.With(patch), granted, call.PathUuid("plot"));
        return Pages.After(call.Http.Request.Path);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await endpoints.DeleteAsync(call, granted, call.PathUuid("plot"));
        var path = call.Http.Request.Path.Value!.Split('/');
        return Pages.After(string.Join('/', path[..^2]));
    }

    /// <summary>Makes a call with the query string that a form field holds.</summary>
    public static Call CallOf(Call call, string? query)
    {
        var http = new DefaultHttpContext { RequestServices = call.Http.RequestServices };
        http.Request.Query = new QueryCollection(QueryHelpers.ParseQuery(query));
        return new(http, isPage: true);
    }
}
