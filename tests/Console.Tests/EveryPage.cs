using System.Text.Json;

namespace Paddock.Console.Tests;

/// <summary>
/// The pages of the console, for a project in which a benchmark became slower, with a job, a pinned plot, a member and
/// keys.
/// </summary>
/// <param name="Name">The page's name in the file name of its screenshot.</param>
/// <param name="NeedsSignIn">False when everybody sees the page.</param>
internal sealed record EveryPage(string Name, string Path, bool NeedsSignIn = true)
{
    private const string Image = "demo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static async Task<IReadOnlyList<EveryPage>> OfAsync(TestServer server, ChangesSeed seed)
    {
        var ada = seed.Admin;
        await MakeSpecAsync(ada);
        var job = await SubmitAsync(ada);
        (await ada.PostAsync("/v0/runners", new { name = "Quiet One" })).Expect(201);
        (await ada.PostAsync("/v0/projects/demo/keys", new { name = "CI", ttl = 86_400 * 90 })).Expect(201);
        (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = "laptop", ttl = 86_400 * 90 })).Expect(201);
        (
            await ada.PostAsync(
                "/v0/projects/demo/ci-trusts",
                new
                {
                    service = "github",
                    repository = "acme/rocket",
                    @ref = "refs/heads/*",
                }
            )
        ).Expect(201);
        (await ada.PostAsync("/v0/projects/demo/webhooks", new { url = "https://hooks.example.com/paddock" })).Expect(
            201
        );
        await server.InviteAsync(ada, "ada-admin", "grace@example.com");
        await server.SignUpAsync("Bob Builder");
        var report = (await ada.GetAsync($"/v0/projects/demo/reports/{seed.Report}")).Expect(200);
        var (first, measure) = (report["results"]![0]![0]!, report["results"]![0]![0]!["measures"]![0]!);
        var plot = (
            await ada.PostAsync(
                "/v0/projects/demo/plots",
                new
                {
                    title = "Parsing",
                    lower_value = false,
                    upper_value = false,
                    lower_boundary = false,
                    upper_boundary = false,
                    x_axis = "date_time",
                    window = 86_400 * 3650L,
                    branches = new[] { (string)report["branch"]!["uuid"]! },
                    testbeds = new[] { (string)report["testbed"]!["uuid"]! },
                    benchmarks = new[] { (string)first["benchmark"]!["uuid"]! },
                    measures = new[] { (string)measure["measure"]!["uuid"]! },
                }
            )
        ).Expect(201);
        var threshold = (await ada.GetAsync("/v0/projects/demo/thresholds")).Expect(200)[0]!["uuid"];
        return
        [
            new("sign-in", "/auth/login", NeedsSignIn: false),
            new("sign-up", "/auth/signup", NeedsSignIn: false),
            new("setup", "/auth/setup", NeedsSignIn: false),
            new("public-projects", "/", NeedsSignIn: false),
            new("not-found", "/nowhere", NeedsSignIn: false),
            new("compare", "/perf/demo/compare?base=main&head=main"),
            new(
                "embed",
                (await seed.PlotAsync()).Replace("/perf/demo?", "/perf/demo/embed?", StringComparison.Ordinal)
            ),
            new("projects", "/console"),
            new("overview", "/perf/demo"),
            new("explore", "/perf/demo/explore"),
            new("changes", "/perf/demo/changes"),
            new("change", $"/perf/demo/changes/{seed.Slower}"),
            new("alerts", "/perf/demo/alerts"),
            new("alert", $"/perf/demo/alerts/{seed.Alert}"),
            new("reports", "/perf/demo/reports"),
            new("report", $"/perf/demo/reports/{seed.Report}"),
            new("benchmarks", "/perf/demo/benchmarks"),
            new("benchmark", $"/perf/demo/benchmarks/{first["benchmark"]!["slug"]}"),
            new("branches", "/perf/demo/branches"),
            new("branch", "/perf/demo/branches/main"),
            new("testbeds", "/perf/demo/testbeds"),
            new("testbed", "/perf/demo/testbeds/box"),
            new("measures", "/perf/demo/measures"),
            new("measure", "/perf/demo/measures/latency"),
            new("thresholds", "/perf/demo/thresholds"),
            new("threshold", $"/perf/demo/thresholds/{threshold}"),
            new("threshold-form", "/perf/demo/thresholds/add?branch=main&testbed=box&measure=latency"),
            new("metric", $"/perf/demo/metrics/{measure["metric"]!["uuid"]}"),
            new("plots", "/perf/demo/plots"),
            new("plot", $"/perf/demo/plots/{plot["uuid"]}"),
            new("jobs", "/perf/demo/jobs"),
            new("job", $"/perf/demo/jobs/{job}"),
            new("project-keys", "/perf/demo/keys"),
            new("project-ci", "/perf/demo/ci"),
            new("project-webhooks", "/perf/demo/webhooks"),
            new("project-settings", "/perf/demo/settings"),
            new("verdict-settings", "/perf/demo/verdicts"),
            new("retention", "/perf/demo/retention"),
            new("backtest", "/perf/demo/backtest?branch=main&test=percentage&upper_boundary=0.1"),
            new("organizations", "/console/organizations"),
            new("organization", "/console/organizations/ada-admin/projects"),
            new("members", "/console/organizations/ada-admin/members"),
            new("organization-keys", "/console/organizations/ada-admin/api-keys"),
            new("usage", "/console/organizations/ada-admin/usage"),
            new("organization-audit", "/console/organizations/ada-admin/audit"),
            new("organization-settings", "/console/organizations/ada-admin/settings"),
            new("account", "/auth/login"),
            new("user-keys", "/console/users/ada-admin/keys"),
            new("user-tokens", "/console/users/ada-admin/tokens"),
            new("sessions", "/console/users/ada-admin/sessions"),
            new("user-settings", "/console/users/ada-admin/settings"),
            new("fleet", "/console/fleet"),
            new("runners", "/console/runners"),
            new("runner", "/console/runners/quiet-one"),
            new("runner-form", "/console/runners/add"),
            new("specs", "/console/specs"),
            new("spec-form", "/console/specs/add"),
            new("server", "/console/server"),
            new("users", "/console/users"),
            new("audit", "/console/audit"),
        ];
    }

    public static async Task MakeSpecAsync(TestUser admin) =>
        (
            await admin.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Fast Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 2,
                    memory = 1L << 30,
                    disk = 1L << 30,
                }
            )
        ).Expect(201);

    /// <returns>The UUID of a waiting job.</returns>
    public static async Task<string> SubmitAsync(TestUser user)
    {
        var run = new Run("demo").ToJson();
        run["job"] = JsonSerializer.SerializeToNode(new { image = Image, spec = "fast-box" });
        return (string)(await user.PostAsync("/v0/run", run)).Expect(201)["job"]!;
    }
}
