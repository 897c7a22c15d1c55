using System.Diagnostics;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Runs;

/// <summary>Turns a run into a report with its results, or into an empty report and a job that fills it.</summary>
internal sealed class RunEndpoints(
    Db db,
    RateLimiters limits,
    JobImages images,
    JobSecrets secrets,
    Dispatcher dispatch,
    Shares shares,
    NewNames newNames,
    ListLimits lists,
    CreationLimits creations,
    NamesAhead ahead,
    LongRuns longRuns,
    BaseOptions server,
    AccessOptions access,
    JobOptions jobs,
    Jwt jwt,
    TimeProvider time
)
{
    private static readonly TimeSpan RerunsOverhead = TimeSpan.FromMinutes(10),
        RerunsTokenMax = TimeSpan.FromDays(1);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var runs = ActivatorUtilities.CreateInstance<RunEndpoints>(routes.ServiceProvider);
        routes
            .Post(
                "/v0/run",
                By.Anyone.Spends("runs", (limits, call, caller) => limits.Run(call, caller)),
                runs.RunAsync
            )
            .Takes<NewRun>()
            .Gives<Report>(201)
            .Unaudited();
    }

    private async Task<Answer> RunAsync(Call call, Caller caller)
    {
        if (caller is AnonymousCaller && !access.AnonymousRuns)
            throw Refusal.NotSignedIn(
                "This server accepts runs only from users and keys: send \"Authorization: Bearer KEY\"."
            );
        var body = await call.BodyAsync(Wire.Default.NewRun);
        if (caller is AnonymousCaller && body.Job is not null && !access.AnonymousJobs)
            throw Refusal.NotSignedIn(
                "A job runs on this server's machines, which needs an account: send \"Authorization: Bearer KEY\" with "
                    + "a user's or a project's key."
            );
        RunIntake.RefuseBadModels(body.Thresholds);
        var environment = ContextEnvironment(body.Context);
        var image = body.Job is null ? null : SubmitJob.Check(body.Job);
        var read = image is null ? await ReadAsync(call, body) : ReadRun.Later;
        Run RunOf(ReadRun read) =>
            new(
                body.Branch ?? ContextBranch(body.Context) ?? NameId<BranchName>.OfSlug(Text.Parse<Slug>("main")),
                body.Hash?.Value ?? ContextHash(body.Context),
                StartPointOf(body),
                body.Testbed
                    ?? ContextTestbed(body.Context)
                    ?? NameId<ResourceName>.OfSlug(Text.Parse<Slug>("localhost")),
                body.SpecReset ?? false,
                body.Thresholds,
                body.StartTime,
                body.EndTime,
                body.Settings,
                read.Results,
                read.Remarks,
                body.IdempotencyKey
            )
            {
                Notices = read.Notices,
                Environment = environment,
                Commit = ContextCommit(body),
            };
        var (now, user, address) = (
            time.GetUtcNow(),
            (caller as UserCaller)?.User,
            ClientAddress.Of(call.Http, server.TrustedProxies).ToString()
        );
        var began = Stopwatch.GetTimestamp();
        using var handOver = new HandOver(dispatch, jobs);
        using var budget = newNames.Of(caller);
        var (project, report, claimed) = await RecordAsync();
        if (report is null)
        {
            // The project's settings change how these results are parsed, and the project is known only now. Parse
            // again, outside the transaction.
            read = await RunIntake.ReadAsync(
                shares,
                server.Limits,
                body.Settings,
                () => ReadResults.Of(body.Results, body.Settings, project, body.Context),
                call.Aborted
            );
            (project, report, claimed) = await RecordAsync();
        }
        handOver.Settle(claimed);
        if (report is null)
            throw Refusal.Conflict("The project's settings changed while the run was recorded; send it again.");
        report = await longRuns.FinishAsync(project, report);
        budget?.Keep();
        if (image is null)
            RunIntake.Count(report, began);
        var answer = ReportWire.Full(project, report);
        if (caller is AnonymousCaller && answer.Changes is { Reruns: > 0 } changes)
            answer = answer with { Changes = changes with { RerunsToken = RerunsToken(report) } };
        return ReportJson.Answer(StatusCodes.Status201Created, answer);

        async Task<(ProjectRow, StoredReport?, ClaimOutcome?)> RecordAsync()
        {
            using var span = Spans.Begin("run is recorded");
            var (run, wish) = (RunOf(read), read.Options);
            var names = new RunNames(run.Results, run.Thresholds);
            var turn = RunIntake.TurnOf(body.Project?.ToString() ?? $"{caller.CountedAs}", run.Branch);
            return await ahead.RecordAsync(
                names,
                pace =>
                    image is null
                        ? db.WriteInTurnAsync(turn, sql => PrepareAsync(sql, pace))
                        : db.WriteAsync(async sql => await (await PrepareAsync(sql, pace))()),
                call.Aborted
            );

            async Task<Func<Task<(ProjectRow, StoredReport?, ClaimOutcome?)>>> PrepareAsync(Sql sql, RunPace pace)
            {
                var named = body.Project ?? (image is null ? null : await SubmitJob.ProjectAsync(sql, image, caller));
                budget?.Restart();
                var target = pace.Of(
                    await OnTheFly.ProjectAsync(sql, caller, named, body.Context, lists, now) with
                    {
                        Names = budget,
                    }
                );
                if (image is null && target.ReadsOtherwise(body.Settings, wish))
                    return Done(target);
                if (await pace.IsTooLongAsync(sql, target))
                    return Done(null!);
                limits.ProjectRun(target.Id);
                var known = run.IdempotencyKey is { } key ? await ReportTable.FindByKeyAsync(sql, target, key) : null;
                if (known is not null)
                    return Done(target, known);
                if (image is null)
                {
                    var record = await ReceiveRun.PrepareAsync(
                        sql,
                        target,
                        user,
                        run,
                        names,
                        now,
                        server.Verdicts,
                        inSlices: true
                    );
                    return async () =>
                    {
                        var recorded = await record();
                        await creations.CheckAsync(sql, target, now, recorded.Metrics!.Count);
                        await pace.SettleAsync(sql);
                        return (target, recorded, null);
                    };
                }
                return async () =>
                {
                    var (opened, first) = await SubmitJob.AcceptAsync(
                        sql,
                        target,
                        user,
                        run,
                        isTestbedNamed: body.Testbed is not null,
                        body.Job!,
                        image,
                        images,
                        secrets,
                        jobs,
                        handOver,
                        address,
                        now
                    );
                    await creations.CheckAsync(sql, target, now);
                    return (target, opened, first);
                };
            }

            static Func<Task<(ProjectRow, StoredReport?, ClaimOutcome?)>> Done(
                ProjectRow target,
                StoredReport? known = null
            ) => () => Task.FromResult((target, known, (ClaimOutcome?)null));
        }
    }

    // The token proves that its bearer sent this report, since only the sender may add reruns to the report. One rerun
    // takes as long as the run did; the token lives twice as long as all reruns together.
    private string RerunsToken(StoredReport report)
    {
        var run = report.Report.EndTime - report.Report.StartTime;
        var lives =
            RerunsOverhead
            + 2 * ReportJudge.RerunsMost * TimeSpan.FromTicks(Math.Clamp(run.Ticks, 0, RerunsTokenMax.Ticks));
        return jwt.Sign(Audience.Reruns, report.Report.Uuid, lives < RerunsTokenMax ? lives : RerunsTokenMax).Text;
    }

    // Most runs can be parsed without the project's settings. Loads the settings only when that fails.
    private async Task<ReadRun> ReadAsync(Call call, NewRun body)
    {
        try
        {
            return await RunIntake.ReadAsync(
                shares,
                server.Limits,
                body.Settings,
                () => ReadResults.Of(body.Results, body.Settings, project: null, body.Context),
                call.Aborted
            );
        }
        catch (Refusal)
            when (body.Project is { } id
                && (
                    body.Settings?.Measures is null
                    || body.Settings is { Adapter: Core.Adapters.Adapter.Pattern, Pattern: null }
                )
            )
        {
            var project = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, id, call.Aborted), call.Aborted);
            if (project is null || (project.Measures == Core.Adapters.Measures.Usual && project.Pattern is null))
                throw;
            return await RunIntake.ReadAsync(
                shares,
                server.Limits,
                body.Settings,
                () => ReadResults.Of(body.Results, body.Settings, project, body.Context),
                call.Aborted
            );
        }
    }

    // Other clients compare a body's start point field by field, so Paddock's client sends this flag in the context.
    private static NewStartPoint? StartPointOf(NewRun body) =>
        body.StartPoint is { Former: null } point
        && body.Context?.GetValueOrDefault(RunContext.FormerStartPoint) == "true"
            ? point with
            {
                Former = true,
            }
            : body.StartPoint;

    private static NameId<BranchName>? ContextBranch(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.BranchRefName) is { } text
        && NameId<BranchName>.TryParse(text, out var branch)
            ? branch
            : null;

    private static string? ContextHash(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.BranchHash) is { } text && GitHash.TryParse(text, out var hash)
            ? hash.Value
            : null;

    // The context describes the commit that is checked out, but the run may be about another commit.
    private static CommitWords? ContextCommit(NewRun body) =>
        ContextHash(body.Context) is { } hash && hash == (body.Hash?.Value ?? hash)
            ? CommitWords.Of(
                body.Context?.GetValueOrDefault(RunContext.CommitSubject),
                body.Context?.GetValueOrDefault(RunContext.CommitAuthor)
            )
            : null;

    private static RunEnvironment? ContextEnvironment(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.Environment) is not { } text ? null
        : MachineKind.TryRead(text, out var environment) ? environment
        : throw Refusal.BadInput(
            $"context.{RunContext.Environment}: {Text.Quote(text)} is not an environment; allowed: an object such as "
                + $"{{\"cpu_model\": \"...\", \"kernel\": \"...\"}}"
        );

    private static NameId<ResourceName>? ContextTestbed(Dictionary<string, string>? context) =>
        context?.GetValueOrDefault(RunContext.TestbedOs) is { } text
        && NameId<ResourceName>.TryParse(text, out var testbed)
            ? testbed
            : null;
}
