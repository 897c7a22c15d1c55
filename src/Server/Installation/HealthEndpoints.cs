using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// What a proxy or a supervisor asks. <c>live</c>: the process answers; where it does not, restart it. <c>ready</c>: it
/// can do its work; while it cannot, send requests elsewhere, and do not restart it, since that mends no database.
/// </summary>
internal sealed class HealthEndpoints(Db db, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // A database that takes longer serves nobody.
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(2);

    // However many ask, the database is asked so often.
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

    // The server's own read, which waits for no request's.
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
