using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// Where the pages of a project are. There are two addresses for each, as clients print one for public and another for private projects; who came by
/// one stays on it.
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
    public string Plot => isConsole ? $"{ConsoleRoot}{slug}/perf" : PublicRoot + slug;
    public string Report(Guid report) => $"{Root}/reports/{report}";
    public string Jobs => $"{Root}/jobs";
    public string Job(Guid job) => $"{Root}/jobs/{job}";

    private string Root => (isConsole ? ConsoleRoot : PublicRoot) + slug;
}
