using System.Buffers;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Machines.Jobs;

/// <summary>The pages of a project's jobs and of each job, with the event streams that keep them up to date.</summary>
internal sealed class JobPages(
    Db db,
    SeeJob see,
    JobQueue queue,
    JobWatch watch,
    BrowserSession browser,
    TimeProvider time
)
{
    // Runners come and go without an event for the waiting job, so its reason is read again this often.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(15);
    private static readonly Raw NewestFirst = new("jobs.created DESC, jobs.id DESC");

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<JobPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/jobs", OnProject.ViewAs, pages.ListAsync);
            routes.Page(root + "{project}/jobs/events", OnProject.View, pages.FollowListAsync);
            routes.Page(root + "{project}/jobs/{job}", OnProject.ViewAs, pages.ViewAsync);
            routes.Page(root + "{project}/jobs/{job}/events", OnProject.ViewAs, pages.FollowAsync);
            routes.Page(root + "{project}/jobs/{job}/output", OnProject.ViewAs, pages.OutputAsync);
            routes.Form(root + "{project}/jobs/{job}/cancel", OnProject.UserMay(Permission.Edit), pages.CancelAsync);
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var status = call.QueryWord<JobStatus>("status");
        var (lines, total, isMember) = await db.ReadAsync(
            async sql =>
            {
                var (found, count) = await LinesAsync(sql, call, project);
                return (
                    found,
                    count,
                    caller is UserCaller user
                        ? await ProjectAccess.MayAsync(sql, project, user.User, Permission.View, call.Aborted)
                        : caller is ProjectKeyCaller
                );
            },
            call.Aborted
        );
        var paths = ProjectPaths.Of(call, project.Slug);
        var part = ListPart.Of(
            call,
            paths.Jobs,
            total,
            KeyValuePair.Create("status", status is { } word ? Words<JobStatus>.Of(word) : null)
        );
        return Pages.ShowLive<JobsPage>(
            new JobsView(
                paths,
                project.Name,
                status,
                lines,
                part,
                isMember,
                $"{paths.Jobs}/events{call.Http.Request.QueryString}",
                time.GetUtcNow()
            )
        );
    }

    private Task<Answer> FollowListAsync(Call call, ProjectRow project)
    {
        call.QueryWord<JobStatus>("status");
        return Task.FromResult(
            PageState.Stream(
                call,
                watch.Open(job => job.ProjectId == project.Id),
                LookAgainAfter,
                call.AdmitAgainAsync,
                async () =>
                {
                    var (lines, total) = await db.ReadAsync(sql => LinesAsync(sql, call, project), call.Aborted);
                    return (JobsView.StateOf(lines, total), false);
                }
            )
        );
    }

    private async Task<(List<JobLine> Lines, long Total)> LinesAsync(Sql sql, Call call, ProjectRow project)
    {
        var where = SqlText.Of($"jobs.project_id = {project.Id}");
        if (call.QueryWord<JobStatus>("status") is { } status)
            where = SqlText.Of($"{where} AND jobs.status = {status}");
        var (lines, total) = await JobLine.ListAsync(sql, where, NewestFirst, ListPart.PageOf(call), call.Aborted);
        Guid[] waiting = [.. lines.Where(line => line.Status == JobStatus.Pending).Select(line => line.Uuid)];
        var places = await queue.PlacesAsync(sql, waiting, call.Aborted);
        return (lines.ConvertAll(line => line with { Waits = places.GetValueOrDefault(line.Uuid).Reason }), total);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectGrant granted)
    {
        var seen = await see.GetAsync(granted, call.PathUuid("job"), call.Aborted);
        var paths = ProjectPaths.Of(call, seen.Project.Slug);
        var output = await see.EndsAsync(seen, paths.Job(seen.Job.Uuid), call.Aborted);
        var line = await db.ReadAsync(sql => JobLine.FindAsync(sql, seen.Row.Id, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound(JobTable.Noun, seen.Row.Uuid);
        var view = JobView.Of(
            seen,
            output,
            await see.TailAsync(seen, call.Aborted),
            line,
            paths,
            call.Http.Features.Get<Viewer>(),
            browser.Proof(call),
            time.GetUtcNow()
        );
        return JobView.IsLast(seen.Job) ? Pages.Show<JobPage>(view) : Pages.ShowLive<JobPage>(view);
    }

    private async Task<Answer> FollowAsync(Call call, ProjectGrant granted)
    {
        var seen = await see.GetAsync(granted, call.PathUuid("job"), call.Aborted);
        var (uuid, specId) = (seen.Row.Uuid, seen.Row.Spec.Id);
        return PageState.Stream(
            call,
            watch.Open(job => job.Uuid == uuid || job.SpecId == specId, reads: uuid),
            LookAgainAfter,
            call.AdmitAgainAsync,
            async () =>
                await see.FindAsync(seen.Project, seen.Caller, uuid, call.Aborted) is { } now
                    ? (JobView.StateOf(now.Job, await see.TailAsync(now, call.Aborted)), JobView.IsLast(now.Job))
                    : null
        );
    }

    /// <summary>Sends one of the job's texts in full, unmodified.</summary>
    private async Task<Answer> OutputAsync(Call call, ProjectGrant granted)
    {
        var seen = await see.GetAsync(granted, call.PathUuid("job"), call.Aborted);
        if (seen.Caller is AnonymousCaller)
            throw Refusal.NotSignedIn("Sign in to see the output of jobs.");
        var (iteration, part, file) = (
            call.QueryNumber("iteration", standard: 0, max: int.MaxValue),
            call.Query("part") ?? OutputView.StandardOutput,
            call.Query("file")
        );
        var place = new OutputPlace((int)iteration, part == "file" ? "output" : part, part == "file" ? file : null);
        var isText =
            part is OutputView.StandardOutput or OutputView.StandardError || part == "file" && file is not null;
        if (!isText || !await HasAsync(seen, place, call.Aborted))
            throw Refusal.NotFound("output", file ?? part);
        return await see.OpenAsync(seen) is { } stored
            ? new TextAnswer(stored, place)
            : throw Refusal.NotFound("output", seen.Row.Uuid);
    }

    private async Task<bool> HasAsync(SeenJob seen, OutputPlace place, CancellationToken ct)
    {
        await using var stored = await see.OpenAsync(seen);
        var isThere = false;
        var scan = new OutputScan(
            at =>
            {
                isThere |= at == place;
                return null;
            },
            (_, _) => { }
        );
        return stored is not null && await scan.ReadAsync(stored, next: null, ct) && isThere;
    }

    // CSRF protection: besides the session cookie, the form must carry a token made for this session.
    private async Task<Answer> CancelAsync(Call call, ProjectByUser granted, IFormCollection form)
    {
        var project = granted.Project;
        var uuid = call.PathUuid("job");
        browser.Check(call, form["proof"]);
        await db.WriteAsync(sql => SeeJob.CancelAsync(sql, project, uuid, time.GetUtcNow()));
        return Pages.After(ProjectPaths.Of(call, project.Slug).Job(uuid));
    }

    /// <summary>Streams one text out of the stored output, unmodified, at the pace of the client.</summary>
    private sealed class TextAnswer(Stream stored, OutputPlace place) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
            http.Response.Headers.CacheControl = "private, no-cache";
            await new LongAnswer(
                StatusCodes.Status200OK,
                "text/plain; charset=utf-8",
                total: null,
                WriteAsync,
                stored
            ).WriteAsync(http);
        }

        private Task<bool> WriteAsync(Flow flow) =>
            new OutputScan(at => at == place ? bytes => flow.Output.Write(bytes) : null, (_, _) => { }).ReadAsync(
                stored,
                flow.NextAsync,
                flow.Ct
            );
    }
}
