using System.Diagnostics;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Results.Reports;

internal sealed class ReportEndpoints(Db db, Callers callers, ProjectAccess access, RateLimiters limits,
    JobImages images, JobSecrets secrets, Dispatcher dispatch, Shares shares, NewNames newNames, NamesAhead ahead, ServerOptions options,
    TimeProvider time)
{
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var reports = ActivatorUtilities.CreateInstance<ReportEndpoints>(routes.ServiceProvider);
        routes.Post("/v0/run", reports.RunAsync).Takes<NewRun>().Gives<Report>(201);
        routes.Get("/v0/projects/{project}/reports", reports.ListAsync).GivesList<Report>();
        routes.Post("/v0/projects/{project}/reports", reports.CreateAsync).Takes<NewReport>().Gives<Report>(201);
        routes.Get("/v0/projects/{project}/reports/{report}", reports.ViewAsync).Gives<Report>();
        routes.Delete("/v0/projects/{project}/reports/{report}", reports.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> RunAsync(Call call)
    {
        var caller = await callers.AnyAsync(call);
        limits.Run(call, caller);
        if (caller is AnonymousCaller && !options.Access.AnonymousRuns) throw Refusal.NotSignedIn("This server takes runs from users and keys only: send \"Authorization: Bearer KEY\".");
        var body = await call.BodyAsync(Wire.Default.NewRun);
        if (caller is AnonymousCaller && body.Job is not null && !options.Access.AnonymousJobs)
            throw Refusal.NotSignedIn("A job runs on this server's machines, which takes an account: send \"Authorization: Bearer KEY\" with a user's or a project's key.");
        RefuseBadModels(body.Thresholds);
        var image = body.Job is null ? null : SubmitJob.Check(body.Job);
        var read = image is null ? await ReadAsync(call, body) : ReadRun.Later;
        Run RunOf(ReadRun read) => new(
            body.Branch ?? ContextBranch(body.Context) ?? NameId<BranchName>.OfSlug(Text.Parse<Slug>("main")),
            body.Hash?.Value ?? ContextHash(body.Context), StartPointOf(body),
            body.Testbed ?? ContextTestbed(body.Context) ?? NameId<ResourceName>.OfSlug(Text.Parse<Slug>("localhost")),
            body.SpecReset ?? false, body.Thresholds, body.StartTime, body.EndTime, body.Settings, read.Results, read.Remarks, body.IdempotencyKey)
        {
            Notices = read.Notices,
        };
        var (now, user, address) = (time.GetUtcNow(), (caller as UserCaller)?.User, ClientAddress.Of(call.Http, options.TrustedProxies).ToString());
        var began = Stopwatch.GetTimestamp();
        using var handOver = new HandOver(dispatch, options.Jobs);
        using var budget = newNames.Of(caller);
        var (project, report, claimed) = await RecordAsync();
        if (report is null)
        {
            // The project reads otherwise than most do, which is known only now: read again, outside of the unit of work.
            read = await ReadAsync(
                body.Settings, () => ReadResults.Of(body.Results, body.Settings, project, body.Context), call.Aborted);
            (project, report, claimed) = await RecordAsync();
        }
        handOver.Settle(claimed);
        if (report is null) throw Refusal.Conflict("The project's settings changed while the run was recorded; send it again.");
        budget?.Keep();
        if (image is null) Ingested(report, began);
        return ReportAnswer(StatusCodes.Status201Created, ReportWire.Full(project, report));

        Task<(ProjectRow, StoredReport?, ClaimOutcome?)> RecordAsync()
        {
            var (run, wish) = (RunOf(read), read.Options);
            var names = new RunNames(run.Results, run.Thresholds);
            return ahead.RecordAsync(names, pace => db.WriteAsync(async sql =>
            {
                var named = body.Project ?? (image is null ? null : await SubmitJob.ProjectAsync(sql, image, caller));
                budget?.Restart();
                var target = pace.Of(await OnTheFly.ProjectAsync(sql, caller, named, body.Context, now) with { Names = budget });
                if (image is null && target.ReadsOtherwise(body.Settings, wish)) return (target, (StoredReport?)null, (ClaimOutcome?)null);
                if (await pace.IsTooLongAsync(sql, target)) return default;
                limits.ProjectRun(target.Id);
                var known = run.IdempotencyKey is { } key ? await ReportTable.FindByKeyAsync(sql, target, key) : null;
                if (known is not null) return (target, known, null);
                if (image is null)
                {
                    var recorded = await ReceiveRun.RecordAsync(sql, target, user, run, names, now);
                    await pace.SettleAsync(sql);
                    return (target, recorded, null);
                }
                var (opened, first) = await SubmitJob.AcceptAsync(
                    sql, target, user, run, isTestbedNamed: body.Testbed is not null, body.Job!, image, images, secrets, options.Jobs, handOver, address, now);
                return (target, opened, first);
            }), call.Aborted);
        }
    }

    // Most runs say all that reading takes. For one that cannot be read without its project's settings, they are looked up.
    private async Task<ReadRun> ReadAsync(Call call, NewRun body)
    {
        try
        {
            return await ReadAsync(
                body.Settings, () => ReadResults.Of(body.Results, body.Settings, project: null, body.Context), call.Aborted);
        }
        catch (Refusal) when (body.Project is { } id && (body.Settings?.Measures is null || body.Settings is { Adapter: Core.Adapters.Adapter.Pattern, Pattern: null }))
        {
            var project = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, id, call.Aborted), call.Aborted);
            if (project is null || (project.Measures == Core.Adapters.Measures.Usual && project.Pattern is null)) throw;
            return await ReadAsync(
                body.Settings, () => ReadResults.Of(body.Results, body.Settings, project, body.Context), call.Aborted);
        }
    }

    private async Task<ReadRun> ReadAsync(ReportSettings? settings, Func<ReadRun> read, CancellationToken ct)
    {
        using var place = await shares.PatternAsync(settings, Requester.CurrentKey, ct);
        return read();
    }

    private static void Ingested(StoredReport report, long began)
    {
        Meters.Reports.Add(1);
        Meters.Metrics.Add(report.Metrics?.Count ?? 0);
        Meters.IngestTime.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var (project, caller) = await access.CallerAsync(call, Permission.Create);
        limits.ProjectRun(project.Id);
        var body = await call.BodyAsync(Wire.Default.NewReport);
        RefuseBadModels(body.Thresholds);
        var read = await ReadAsync(body.Settings, () =>
            ReadResults.Of(body.Results, body.Settings, project), call.Aborted);
        var run = new Run(
            body.Branch, body.Hash?.Value, body.StartPoint, body.Testbed, SpecReset: false, body.Thresholds, body.StartTime, body.EndTime, body.Settings,
            read.Results, read.Remarks, IdempotencyKey: null)
        {
            Notices = read.Notices,
        };
        var now = time.GetUtcNow();
        var began = Stopwatch.GetTimestamp();
        var names = new RunNames(run.Results, run.Thresholds);
        var report = await ahead.RecordAsync(names, pace => db.WriteAsync(async sql =>
        {
            if (await pace.IsTooLongAsync(sql, pace.Of(project))) return null!;
            var recorded = await ReceiveRun.RecordAsync(sql, pace.Of(project), (caller as UserCaller)?.User, run, names, now);
            await pace.SettleAsync(sql);
            return recorded;
        }), call.Aborted);
        Ingested(report, began);
        return ReportAnswer(StatusCodes.Status201Created, ReportWire.Full(project, report));
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        Page.Sort(call, "date_time");
        var filter = new ReportFilter(
            call.QueryNameId<BranchName>("branch"), call.QueryNameId<ResourceName>("testbed"), call.QueryMilliseconds("start_time"),
            call.QueryMilliseconds("end_time"), call.QueryFlag("archived"));
        var (expand, page) = (call.QueryFlag("expand"), Page.Of(call));
        return await db.ReadAsync<Answer>(async sql =>
        {
            var (reports, total) = await ReportTable.ListAsync(sql, project, filter, expand, page, call.Aborted);
            if (expand)
                return new LongAnswer(
                    StatusCodes.Status200OK, Json, total,
                    flow => new ReportJson(flow).WriteAllAsync(reports.Select(r => ReportWire.Full(project, r))));
            var alerts = await ReportTable.AlertCountsAsync(sql, [.. reports.Select(r => r.Report.Id)], call.Aborted);
            return Answer.List([.. reports.Select(r => ReportWire.Collapsed(project, r, alerts.GetValueOrDefault(r.Report.Id)))], total, Wire.Default.IReadOnlyListReport);
        }, call.Aborted);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var project = await access.ViewAsync(call);
        var uuid = call.PathUuid("report");
        var report = await db.ReadAsync(sql => ReportTable.FindAsync(sql, project, uuid, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("report", uuid);
        return ReportAnswer(StatusCodes.Status200OK, ReportWire.Full(project, report));
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var (project, _) = await access.UserAsync(call, Permission.Delete);
        var uuid = call.PathUuid("report");
        return await db.WriteAsync(sql => ReportTable.DeleteAsync(sql, project, uuid)) ? Answer.Deleted : throw Refusal.NotFound("report", uuid);
    }

    private static LongAnswer ReportAnswer(int status, Report report) =>
        new(status, Json, total: 1, flow => new ReportJson(flow).WriteAsync(report));

    private static void RefuseBadModels(ReportThresholds? thresholds)
    {
        foreach (var (measure, model) in thresholds?.Models ?? [])
            if (model.Problem(inRun: true) is { } problem) throw Refusal.BadInput($"thresholds.models.{measure}: {problem}");
    }

    // Other clients compare the start point of a body field by field, so ours says this beside it.
    private static NewStartPoint? StartPointOf(NewRun body) =>
        body.StartPoint is { Former: null } point && body.Context?.GetValueOrDefault(RunContext.FormerStartPoint) == "true" ? point with { Former = true } : body.StartPoint;

    private static NameId<BranchName>? ContextBranch(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.BranchRefName) is { } text && NameId<BranchName>.TryParse(text, out var branch) ? branch : null;

    private static string? ContextHash(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.BranchHash) is { } text && GitHash.TryParse(text, out var hash) ? hash.Value : null;

    private static NameId<ResourceName>? ContextTestbed(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.TestbedOs) is { } text && NameId<ResourceName>.TryParse(text, out var testbed) ? testbed : null;
}
