using System.Diagnostics;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Reports;

internal sealed class ReportEndpoints(
    Db db,
    Shares shares,
    NamesAhead ahead,
    LongRuns longRuns,
    CreationLimits creations,
    IEnumerable<IEndsWithReport> followers,
    BaseOptions server,
    TimeProvider time
)
{
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var reports = ActivatorUtilities.CreateInstance<ReportEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/reports", ReadList, OnProject.View, reports.ListAsync).GivesList<Report>();
        routes
            .Post("/v0/projects/{project}/reports", OnProject.Record, reports.CreateAsync)
            .Takes<NewReport>()
            .Gives<Report>(201)
            .Unaudited();
        routes
            .Get("/v0/projects/{project}/reports/{report}", Input.Uuid("report"), OnProject.View, reports.ViewAsync)
            .Gives<Report>();
        routes
            .Post(
                "/v0/projects/{project}/reports/{report}/reruns",
                Input.Uuid("report"),
                OnProject.RecordReruns,
                reports.RerunAsync
            )
            .Takes<NewReruns>()
            .Gives<Report>();
        routes
            .Post(
                "/v0/projects/{project}/reports/{report}/pairs",
                Input.Uuid("report"),
                OnProject.Record,
                reports.PairsAsync
            )
            .Takes<NewPairs>()
            .Gives<Report>();
        routes
            .Delete(
                "/v0/projects/{project}/reports/{report}",
                Input.Uuid("report"),
                OnProject.UserMay(Permission.Delete),
                reports.DeleteAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var body = await call.BodyAsync(Wire.Default.NewReport);
        RunIntake.RefuseBadModels(body.Thresholds);
        var read = await RunIntake.ReadAsync(
            shares,
            server.Limits,
            body.Settings,
            () => ReadResults.Of(body.Results, body.Settings, project),
            call.Aborted
        );
        var run = new Run(
            body.Branch,
            body.Hash?.Value,
            body.StartPoint,
            body.Testbed,
            SpecReset: false,
            body.Thresholds,
            body.StartTime,
            body.EndTime,
            body.Settings,
            read.Results,
            read.Remarks,
            IdempotencyKey: null
        )
        {
            Notices = read.Notices,
        };
        var now = time.GetUtcNow();
        var began = Stopwatch.GetTimestamp();
        var names = new RunNames(run.Results, run.Thresholds);
        var report = await ahead.RecordAsync(
            names,
            pace =>
                db.WriteInTurnAsync<StoredReport>(RunIntake.TurnOf(project.Uuid.ToString(), run.Branch), async sql =>
                {
                    if (await pace.IsTooLongAsync(sql, pace.Of(project)))
                        return () => Task.FromResult<StoredReport>(null!);
                    var record = await ReceiveRun.PrepareAsync(
                        sql,
                        pace.Of(project),
                        (caller as UserCaller)?.User,
                        run,
                        names,
                        now,
                        server.Verdicts,
                        inSlices: true
                    );
                    return async () =>
                    {
                        var recorded = await record();
                        await creations.CheckAsync(sql, project, now, recorded.Metrics!.Count);
                        await pace.SettleAsync(sql);
                        return recorded;
                    };
                }),
            call.Aborted
        );
        report = await longRuns.FinishAsync(project, report);
        RunIntake.Count(report, began);
        return ReportJson.Answer(StatusCodes.Status201Created, ReportWire.Full(project, report));
    }

    private static (Page Page, ReportFilter Filter, bool Expand) ReadList(Call call)
    {
        Page.Sort(call, "date_time");
        var filter = new ReportFilter(
            call.QueryNameId<BranchName>("branch"),
            call.QueryNameId<ResourceName>("testbed"),
            call.QueryMilliseconds("start_time"),
            call.QueryMilliseconds("end_time"),
            call.QueryFlag("archived")
        );
        return (Page.Of(call), filter, call.QueryFlag("expand"));
    }

    private async Task<Answer> ListAsync(
        Call call,
        ProjectRow project,
        (Page Page, ReportFilter Filter, bool Expand) asked
    )
    {
        if (!asked.Expand)
            return await ReadListAsync(call, project, asked, held: null);
        // All results of many reports are as large as a plot, so the answer counts as one of the concurrent plots until
        // the client has read it.
        var place = await shares.PlotAsync(call.Aborted);
        try
        {
            return await ReadListAsync(call, project, asked, place);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private async Task<Answer> ReadListAsync(
        Call call,
        ProjectRow project,
        (Page Page, ReportFilter Filter, bool Expand) asked,
        IDisposable? held
    )
    {
        var (page, filter, expand) = asked;
        return await db.ReadAsync<Answer>(
            async sql =>
            {
                var (reports, total) = await ReportTable.ListAsync(sql, project, filter, expand, page, call.Aborted);
                if (expand)
                    return new LongAnswer(
                        StatusCodes.Status200OK,
                        Json,
                        total,
                        flow => new ReportJson(flow).WriteAllAsync(reports.Select(r => ReportWire.Full(project, r))),
                        held
                    );
                var alerts = await ReportTable.AlertCountsAsync(
                    sql,
                    [.. reports.Select(r => r.Report.Id)],
                    call.Aborted
                );
                return Answer.List(
                    [.. reports.Select(r => ReportWire.Collapsed(project, r, alerts.GetValueOrDefault(r.Report.Id)))],
                    total,
                    Wire.Default.IReadOnlyListReport
                );
            },
            call.Aborted
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        var report = await db.ReadAsync(sql => ReportTable.FindAsync(sql, project, uuid, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("report", uuid);
        return ReportJson.Answer(StatusCodes.Status200OK, ReportWire.Full(project, report));
    }

    // Judges reruns of the whole benchmark in place: does the suspected change appear again?
    private async Task<Answer> RerunAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var project = granted.Project;
        var body = await call.BodyAsync(Wire.Default.NewReruns);
        if (body.Runs.Count is < ReportJudge.RerunsLeast or > ReportJudge.RerunsMost)
            throw Refusal.BadInput(
                $"runs: {body.Runs.Count} are given; allowed: {ReportJudge.RerunsLeast} to {ReportJudge.RerunsMost}, "
                    + $"each a rerun of the whole benchmark"
            );
        var runs = new List<ReadRun>();
        for (var i = 0; i < body.Runs.Count; i++)
            runs.Add(await ReadAsync(call, project, body.Runs[i], $"runs[{i}]"));
        var names = new RunNames([.. runs.SelectMany(run => run.Results)], thresholds: null);
        var now = time.GetUtcNow();
        var report = await db.WriteAsync(sql => JudgeReruns.RunAsync(sql, project, uuid, runs, names, now));
        return ReportJson.Answer(StatusCodes.Status200OK, ReportWire.Full(project, report));
    }

    // Judges alternating runs of base and head, as a confirming job makes them: is the suspected change real?
    private async Task<Answer> PairsAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var project = granted.Project;
        var body = await call.BodyAsync(Wire.Default.NewPairs);
        if (body.Pairs.Count is < Core.Verdicts.Comparison.PairsLeast or > Core.Verdicts.Comparison.PairsMost)
            throw Refusal.BadInput(
                $"pairs: {body.Pairs.Count} are given; allowed: {Core.Verdicts.Comparison.PairsLeast} to "
                    + $"{Core.Verdicts.Comparison.PairsMost}, each with the whole benchmark of the base and of the head"
            );
        var pairs = new List<ReadPair>();
        for (var i = 0; i < body.Pairs.Count; i++)
            pairs.Add(
                new(
                    await ReadAsync(call, project, body.Pairs[i].Base, $"pairs[{i}].base"),
                    await ReadAsync(call, project, body.Pairs[i].Head, $"pairs[{i}].head")
                )
            );
        var runs = pairs.SelectMany(pair => new[] { pair.Base, pair.Head }).OfType<ReadRun>();
        var names = new RunNames([.. runs.SelectMany(run => run.Results)], thresholds: null);
        var now = time.GetUtcNow();
        var report = await db.WriteAsync(async sql =>
        {
            var head = await ReportTable.FindAsync(sql, project, uuid) ?? throw Refusal.NotFound("report", uuid);
            await JudgePairs.RunAsync(sql, project, ConfirmationRow.Of(project.Id, head), pairs, names, now);
            return await ReportTable.FindAsync(sql, project, uuid) ?? throw Refusal.NotFound("report", uuid);
        });
        return ReportJson.Answer(StatusCodes.Status200OK, ReportWire.Full(project, report));
    }

    private async Task<ReadRun> ReadAsync(Call call, ProjectRow project, Rerun run, string field)
    {
        try
        {
            return await RunIntake.ReadAsync(
                shares,
                server.Limits,
                run.Settings,
                () => ReadResults.Of(run.Results, run.Settings, project, run.Context),
                call.Aborted
            );
        }
        catch (Refusal e) when (e.Because == Because.BadInput)
        {
            throw Refusal.BadInput($"{field}.{e.Message}");
        }
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid uuid)
    {
        var project = granted.Project;
        return await db.WriteAsync(sql => DeleteReport.RunAsync(sql, project.Id, uuid, followers))
            ? Answer.Deleted
            : throw Refusal.NotFound("report", uuid);
    }
}
