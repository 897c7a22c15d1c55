using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

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
    IReadOnlyList<PlotChange> Changes,
    IReadOnlyList<MachineChange> Machines,
    IReadOnlyList<BranchBegin> Begins,
    IReadOnlyList<PlotEvent> Events
)
{
    /// <summary>Where the compact data of a plot is.</summary>
    public static string DataOf(ProjectPaths paths, string address) => $"{paths.PlotData}{address}&format=compact";

    /// <param name="address">The query of the plot.</param>
    public static string JsonOf(ProjectRow project, string address, ProjectPaths paths, PlotHistory history)
    {
        var uuid = Guid.Empty.ToString();
        string Before(string one) => one[..^uuid.Length];
        var commit = Commit.Of(new string('0', 40), project.Url)?.Address;
        var settings = new ExplorerSettings(
            DataOf(paths, address),
            Before(paths.Report(Guid.Empty)),
            Before(paths.Metric(Guid.Empty)),
            Before(paths.Alert(Guid.Empty)),
            commit?[..^40],
            paths.PlotImage + address,
            project.Slug,
            [.. Enumerable.Range(0, PlotStyle.Colours).Select(PlotStyle.Colour)],
            history.Changes,
            history.Machines,
            history.Begins,
            history.Events
        );
        // Which escapes what could end the element that it stands in.
        return JsonSerializer.Serialize(settings, ExplorerJson.Default.ExplorerSettings);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExplorerSettings))]
internal sealed partial class ExplorerJson : JsonSerializerContext;
