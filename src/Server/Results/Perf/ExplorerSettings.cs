using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

/// <summary>A change of one of a plot's series, for the script that marks it.</summary>
/// <param name="Number">Of the version since which the level is another one.</param>
internal sealed record ExplorerChange(
    long Series,
    uint Number,
    string Verdict,
    string State,
    double Before,
    double After,
    string Address
);

/// <summary>
/// What the page of a plot hands to the script that takes its plot over: with the plot's compact data it is all that
/// there is to draw.
/// </summary>
/// <param name="Data">Where the compact data is.</param>
/// <param name="Reports">What a report's UUID is appended to; likewise metrics, alerts and commits.</param>
internal sealed record ExplorerSettings(
    string Data,
    string Reports,
    string Metrics,
    string Alerts,
    string? Commits,
    string Image,
    string Name,
    IReadOnlyList<string> Palette,
    IReadOnlyList<ExplorerChange> Changes
)
{
    private const int ChangesMax = 1000;

    /// <param name="address">The query of the plot.</param>
    public static async Task<string> JsonAsync(
        Sql sql,
        ProjectRow project,
        PerfData data,
        string address,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        var uuid = Guid.Empty.ToString();
        string Before(string one) => one[..^uuid.Length];
        var commit = Commit.Of(new string('0', 40), project.Url)?.Address;
        var settings = new ExplorerSettings(
            $"{paths.PlotData}{address}&format=compact",
            Before(paths.Report(Guid.Empty)),
            Before(paths.Metric(Guid.Empty)),
            Before(paths.Alert(Guid.Empty)),
            commit?[..^40],
            paths.PlotImage + address,
            project.Slug,
            [.. Enumerable.Range(0, PlotStyle.Colours).Select(PlotStyle.Colour)],
            await ChangesAsync(sql, project, data, paths, ct)
        );
        // Which escapes what could end the element that it stands in.
        return JsonSerializer.Serialize(settings, ExplorerJson.Default.ExplorerSettings);
    }

    private static async Task<List<ExplorerChange>> ChangesAsync(
        Sql sql,
        ProjectRow project,
        PerfData data,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        var series = new HashSet<long>();
        foreach (var line in data.Lines)
        foreach (ref readonly var point in line.Points.Span)
            series.Add(point.SeriesId);
        return series.Count == 0
            ? []
            : await sql.ListAsync(
                $"""
                SELECT part.series_id, COALESCE(versions.number, changes.number), changes.verdict, part.state, part.before_median, part.after_median, changes.uuid
                FROM change_series part JOIN changes ON changes.id = part.change_id LEFT JOIN versions ON versions.id = part.since
                WHERE part.series_id IN {series} AND changes.project_id = {project.Id} ORDER BY changes.id DESC LIMIT {ChangesMax}
                """,
                row => new ExplorerChange(
                    row.Long(),
                    row.UInt(),
                    row.Text(),
                    row.Text(),
                    row.Double(),
                    row.Double(),
                    paths.Change(row.Uuid())
                ),
                ct
            );
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExplorerSettings))]
internal sealed partial class ExplorerJson : JsonSerializerContext;
