using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// The paths of a project's pages. Each page has two paths, because clients print one for public and another for
/// private projects. A page's links keep the form of its own path.
/// </summary>
public sealed record ProjectPaths
{
    public const string PublicRoot = "/perf/";
    public const string ConsoleRoot = "/console/projects/";

    private readonly string slug;
    private readonly bool isConsole;

    private ProjectPaths(string slug, bool isConsole) => (this.slug, this.isConsole) = (slug, isConsole);

    internal static ProjectPaths Of(Call call, string slug) =>
        new(slug, call.Http.Request.Path.StartsWithSegments("/console", StringComparison.Ordinal));

    internal static ProjectPaths Public(string slug) => new(slug, isConsole: false);

    internal static ProjectPaths Console(string slug) => new(slug, isConsole: true);

    public string Slug => slug;

    public string Api => $"/v0/projects/{slug}";

    /// <summary>The project's first page, which shows what has changed.</summary>
    public string Overview => Root;

    /// <summary>The path of a plot, to which its query is appended. Without a query it leads to the overview.</summary>
    public string Plot => isConsole ? $"{ConsoleRoot}{slug}/perf" : PublicRoot + slug;

    /// <summary>The plot of the newest report, for a reader who has selected nothing yet.</summary>
    public string Explore => $"{Root}/explore";

    public string Reports => $"{Root}/reports";

    public string Report(Guid report) => $"{Reports}/{report}";

    public string Benchmarks => $"{Root}/benchmarks";

    public string Benchmark(string benchmark) => $"{Benchmarks}/{benchmark}";

    public string Branches => $"{Root}/branches";

    public string Branch(string branch) => $"{Branches}/{branch}";

    public string Testbeds => $"{Root}/testbeds";

    public string Testbed(string testbed) => $"{Testbeds}/{testbed}";

    public string Measures => $"{Root}/measures";

    public string Measure(string measure) => $"{Measures}/{measure}";

    public string Thresholds => $"{Root}/thresholds";

    public string Threshold(Guid threshold) => $"{Thresholds}/{threshold}";

    public string Alerts => $"{Root}/alerts";

    public string Alert(Guid alert) => $"{Alerts}/{alert}";

    public string Changes => $"{Root}/changes";

    public string Change(Guid change) => $"{Changes}/{change}";

    /// <summary>
    /// The data of a plot, and below it the image, for readers of its page. The query of the plot is appended.
    /// </summary>
    public string PlotData => $"{Root}/perf.json";
    public string PlotImage => $"{Root}/perf.svg";
    public string Embed => $"{Root}/embed";
    public string Badge => $"{Root}/badge.svg";
    public string Compare => $"{Root}/compare";

    public string Metric(Guid metric) => $"{Root}/metrics/{metric}";

    public string Plots => $"{Root}/plots";

    public string PinnedPlot(Guid plot) => $"{Plots}/{plot}";

    public string Jobs => $"{Root}/jobs";

    public string Job(Guid job) => $"{Root}/jobs/{job}";

    public string Keys => $"{Root}/keys";
    public string Ci => $"{Root}/ci";
    public string Webhooks => $"{Root}/webhooks";
    public string Settings => $"{Root}/settings";
    public string Verdicts => $"{Root}/verdicts";
    public string Retention => $"{Root}/retention";
    public string Backtest => $"{Root}/backtest";

    private string Root => (isConsole ? ConsoleRoot : PublicRoot) + slug;
}
