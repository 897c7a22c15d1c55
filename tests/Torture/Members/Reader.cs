namespace Paddock.Torture.Members;

/// <summary>Reads plots, lists and pages.</summary>
internal sealed class Reader(Line line, Findings findings, string project, int seed) : Member
{
    private static readonly (string Noun, string Slug)[] Plotted =
    [
        ("branches", "main"),
        ("testbeds", "box"),
        ("benchmarks", "b0"),
        ("measures", "latency"),
    ];

    private readonly Random random = new(seed);
    private readonly Dictionary<string, string> first = [];
    private int read;

    public override (int Count, string Noun) Confirmed => (read, "pages and plots");

    private string Plot =>
        $"/v0/projects/{project}/perf?branches={first["branches"]}&testbeds={first["testbeds"]}"
        + $"&benchmarks={first["benchmarks"]}&measures={first["measures"]}";

    /// <summary>The number of points on the line of the first benchmark on main; null if no answer came.</summary>
    public async Task<int?> PointsAsync()
    {
        if (!await FindAsync() || await line.UntilAsync(HttpMethod.Get, Plot, null, 200) is not { } plot)
            return null;
        return plot.Json["results"]!.AsArray() is [{ } only] ? only["metrics"]!.AsArray().Count : 0;
    }

    public override async Task StepAsync()
    {
        string[] paths =
        [
            $"/v0/projects/{project}/reports?per_page=20",
            $"/v0/projects/{project}/jobs",
            $"/v0/projects/{project}/alerts",
            $"/console/projects/{project}",
            $"/console/projects/{project}/reports",
            $"/perf/{project}",
            "/v0/runners",
        ];
        var path = random.Next(3) == 0 && await FindAsync() ? Plot : paths[random.Next(paths.Length)];
        // Pages redirect visitors without a browser session.
        if (await line.UntilAsync(HttpMethod.Get, path, null, 200) is not null)
            read++;
    }

    public override async Task CheckAsync(bool all)
    {
        if (await line.UntilAsync(HttpMethod.Get, "/health/ready", null, 200) is null)
            findings.Add("the server is not ready although nothing is wrong any more");
    }

    private async Task<bool> FindAsync()
    {
        foreach (var (noun, slug) in Plotted.Where(pair => !first.ContainsKey(pair.Noun)))
        {
            var path = $"/v0/projects/{project}/{noun}/{slug}";
            if (await line.UntilAsync(HttpMethod.Get, path, null, 200, 404) is not { Status: 200 } found)
                return false;
            first[noun] = (string)found.Json["uuid"]!;
        }
        return true;
    }
}
