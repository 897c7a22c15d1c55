using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// Health checks for a proxy or a supervisor. <c>live</c>: the process answers; restart it if it does not.
/// <c>ready</c>: the server can do its work; otherwise send requests elsewhere, but do not restart it, since a restart
/// repairs no database.
/// </summary>
internal sealed class HealthEndpoints(Db db, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // A slower database is as good as unavailable.
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(2);

    // The database is queried at most once in this time, however many checks arrive.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task probe = Task.CompletedTask;
    private long asked;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = ActivatorUtilities.CreateInstance<HealthEndpoints>(routes.ServiceProvider);
        routes
            .Get("/health/live", AccessRule.Anybody, _ =>
                Task.FromResult(Answer.Ok(new Health(HealthStatus.Ok), Wire.Default.Health))
            )
            .Gives<Health>();
        routes.Get("/health/ready", AccessRule.Anybody, health.ReadyAsync).Gives<Health>();
    }

    private async Task<Answer> ReadyAsync(Call call)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return Unready(call, HealthStatus.Stopping);
        try
        {
            await Probe().WaitAsync(AnswersWithin, call.Aborted);
            return Answer.Ok(new Health(HealthStatus.Ok), Wire.Default.Health);
        }
        catch (Exception e) when (e is TimeoutException || Outage.Of(e) is not null)
        {
            return Unready(call, HealthStatus.DatabaseAway);
        }
    }

    // A read by the server itself, which does not queue behind the reads of requests.
    private Task Probe()
    {
        lock (gate)
        {
            if (asked != 0 && (!probe.IsCompleted || time.GetElapsedTime(asked) < AskAgainAfter))
                return probe;
            asked = time.GetTimestamp();
            return probe = db.ReadAsync(sql => sql.NumberAsync($"SELECT 1"), CancellationToken.None);
        }
    }

    private static Answer Unready(Call call, HealthStatus status)
    {
        call.Http.Response.Headers.RetryAfter = ((long)Outage.Soon.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Answer.Of(StatusCodes.Status503ServiceUnavailable, new Health(status), Wire.Default.Health);
    }
}
