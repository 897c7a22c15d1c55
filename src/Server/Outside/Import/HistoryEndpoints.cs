using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Outside.Import;

/// <summary>Imports part of a project's history. Callers who may create reports may send it.</summary>
internal sealed class HistoryEndpoints(
    Db db,
    Shares shares,
    LimitOptions limits,
    NamesAhead ahead,
    RecordHistory history,
    TimeProvider time
)
{
    /// <summary>The largest number of runs in one request, because they are recorded in one transaction.</summary>
    public const int RunsMax = 1000;

    // While a part of a history is recorded, every other writer of an embedded database waits.
    private const long MetricsMax = 200_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var history = ActivatorUtilities.CreateInstance<HistoryEndpoints>(routes.ServiceProvider);
        routes
            .Post("/v0/projects/{project}/history", OnProject.Record, history.RecordAsync)
            .Takes<NewHistory>()
            .Gives<HistoryRecorded>(201);
    }

    private async Task<Answer> RecordAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var body = await call.BodyAsync(Wire.Default.NewHistory);
        if (body.Runs.Count > RunsMax)
            throw Refusal.BadInput(
                $"runs: {body.Runs.Count} are given; allowed: {RunsMax} at most in one request. Send the others in "
                    + $"another request"
            );
        var (metrics, metricsMax) = (0L, Math.Max(MetricsMax, limits.MetricsPerRun));
        var runs = new List<(Run Run, RunNames Names)>(body.Runs.Count);
        for (var i = 0; i < body.Runs.Count; i++)
        {
            var run = await ReadAsync(project, body.Runs[i], i, call.Aborted);
            if ((metrics += RunIntake.Metrics(run.Results)) > metricsMax)
                throw Refusal.BadInput(
                    $"runs: the first {i + 1} have {metrics} metrics together; allowed: {metricsMax} at most in one "
                        + "request. Send the others in another request"
                );
            runs.Add((run, new RunNames(run.Results, thresholds: null, isPast: true)));
        }
        var all = new RunNames([.. runs.SelectMany(of => of.Run.Results)], thresholds: null, isPast: true);
        var (user, now) = ((caller as UserCaller)?.User, time.GetUtcNow());
        var recorded = await ahead.RecordAsync(
            all,
            pace =>
                db.WriteAsync(async sql =>
                {
                    if (await pace.IsTooLongAsync(sql, pace.Of(project)))
                        return null!;
                    var answer = await history.RunAsync(sql, pace.Of(project), user, runs, now);
                    await pace.SettleAsync(sql);
                    return answer;
                }),
            call.Aborted
        );
        return Answer.Created(recorded, Wire.Default.HistoryRecorded);
    }

    private async Task<Run> ReadAsync(ProjectRow project, PastRun past, int index, CancellationToken ct)
    {
        var settings = new ReportSettings(past.Adapter);
        try
        {
            var read = await RunIntake.ReadAsync(
                shares,
                limits,
                settings,
                () => ReadResults.Of(past.Results, settings, project),
                ct
            );
            return new(
                past.Branch,
                past.Hash?.Value,
                past.StartPoint,
                past.Testbed,
                SpecReset: false,
                Thresholds: null,
                past.StartTime,
                past.EndTime,
                settings,
                read.Results,
                read.Remarks,
                past.IdempotencyKey
            )
            {
                Notices = read.Notices,
                IsPast = true,
            };
        }
        catch (Refusal e) when (e.Because == Because.BadInput)
        {
            throw Refusal.BadInput($"runs[{index}].{e.Message}");
        }
    }
}
