using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Fleet;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Installation;

/// <summary>
/// The server's metrics for Prometheus. Callers need the token from the settings, or must be administrators.
/// </summary>
internal sealed class ScrapeEndpoint(Db db, Collector collector, Dispatcher dispatch, TimeProvider time)
{
    public const string Path = "/metrics";

    private static readonly AccessRule<ScrapeGrant> Scraper = new ScrapeRule();

    public static void Map(IEndpointRouteBuilder routes)
    {
        var metrics = ActivatorUtilities.CreateInstance<ScrapeEndpoint>(routes.ServiceProvider);
        routes.Get(Path, Scraper, metrics.ScrapeAsync);
    }

    private async Task<Answer> ScrapeAsync(Call call, ScrapeGrant granted)
    {
        var text = new PrometheusText();
        text.Gauge(
            "paddock_build_info",
            "The server's version.",
            [(PrometheusText.Labels(new KeyValuePair<string, object?>("version", ServerBuild.Version)), 1)]
        );
        await db.ReadAsync(
            async sql =>
            {
                await FromDatabaseAsync(sql, text, call.Aborted);
                return 0;
            },
            call.Aborted
        );
        text.Gauge("paddock_channels", "Open channels of runners on this server.", [("", dispatch.Channels.Count)]);
        collector.Write(text);
        return new TextAnswer(text.ToString());
    }

    private static bool HasToken(Call call, ServerOptions options) =>
        options.MetricsToken is { } token
        && BearerToken.Of(call.Http.Request) is { } given
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(token))
        );

    // Every server on one database reports the same numbers here, so dashboards use one of them instead of the sum.
    private async Task FromDatabaseAsync(Sql sql, PrometheusText text, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var queued = await sql.ListAsync(
            $"SELECT specs.slug, count(*), min(jobs.created) FROM jobs JOIN specs ON specs.id = jobs.spec_id WHERE "
                + $"{JobTable.IsWaiting} GROUP BY specs.slug ORDER BY specs.slug",
            row => (Spec: One("spec", row.Text()), Jobs: row.Long(), Oldest: row.Time()),
            ct
        );
        text.Gauge(
            "paddock_queue_jobs",
            "Waiting jobs, by spec.",
            queued.Select(queue => (queue.Spec, (double)queue.Jobs))
        );
        text.Gauge(
            "paddock_queue_oldest_seconds",
            "How long the oldest waiting job has waited, by spec.",
            queued.Select(queue => (queue.Spec, Math.Max(0, (now - queue.Oldest).TotalSeconds)))
        );
        var held = (
            await sql.ListAsync(
                $"SELECT jobs.status, count(*) FROM jobs WHERE {JobTable.IsHeld} GROUP BY jobs.status",
                row => (Status: row.Word<JobStatus>(), Count: row.Long()),
                ct
            )
        ).ToDictionary(one => one.Status, one => one.Count);
        var open = new[]
        {
            (JobStatus.Pending, queued.Sum(queue => queue.Jobs)),
            (JobStatus.Claimed, held.GetValueOrDefault(JobStatus.Claimed)),
            (JobStatus.Running, held.GetValueOrDefault(JobStatus.Running)),
        };
        text.Gauge(
            "paddock_jobs",
            "Jobs that have not ended, by status.",
            open.Select(one => (One("status", Words<JobStatus>.Of(one.Item1)), (double)one.Item2))
        );
        var runners = await FleetTable.ListAsync(sql, FleetTable.InUse, dispatch.SeenSince, ct);
        text.Gauge(
            "paddock_runners",
            "Runners, by status.",
            Enum.GetValues<FleetStatus>()
                .Select(status =>
                    (
                        One("status", Words<FleetStatus>.Of(status)),
                        (double)runners.Count(runner => runner.Status == status)
                    )
                )
        );
        text.Gauge(
            "paddock_runner_slots",
            "Slots of runners, by state (taken or free).",
            [
                (One("state", "taken"), runners.Sum(runner => runner.PodCount)),
                (One("state", "free"), runners.Sum(runner => runner.FreeSlots.Benchmark)),
            ]
        );
    }

    private static string One(string name, string value) =>
        PrometheusText.Labels(new KeyValuePair<string, object?>(name, value));

    private sealed record ScrapeGrant;

    private sealed class ScrapeRule()
        : AccessRule<ScrapeGrant>(
            "the holder of PADDOCK_METRICS_TOKEN, or an administrator of the server",
            Credentials.ScrapeToken | Credentials.User
        )
    {
        public override Func<Call, Task<ScrapeGrant>> On(IServiceProvider services)
        {
            var (options, admin) = (services.GetRequiredService<ServerOptions>(), By.Admin.On(services));
            return async call =>
            {
                if (!HasToken(call, options))
                    await admin(call);
                return new();
            };
        }
    }

    private sealed class TextAnswer(string text) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.ContentType = PrometheusText.ContentType;
            http.Response.Headers.CacheControl = "no-store";
            return http.Response.WriteAsync(text, http.RequestAborted);
        }
    }
}
