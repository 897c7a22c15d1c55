using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// The settings that a plot page passes to the script that takes over its plot. Together with the plot's compact data
/// they are everything that the script needs.
/// </summary>
/// <param name="Data">The address of the compact data.</param>
/// <param name="Reports">The address prefix to which a report's UUID is appended; likewise for metrics, alerts and
/// commits.</param>
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
    /// <summary>The address of a plot's compact data.</summary>
    public static string DataOf(ProjectPaths paths, string address) => $"{paths.PlotData}{address}&format=compact";

    /// <param name="address">The query string of the plot.</param>
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
        // The serializer escapes characters that could end the surrounding HTML element.
        return JsonSerializer.Serialize(settings, ExplorerJson.Default.ExplorerSettings);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExplorerSettings))]
internal sealed partial class ExplorerJson : JsonSerializerContext;
