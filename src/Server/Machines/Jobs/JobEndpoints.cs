using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Jobs;

/// <summary>The query of a list of jobs: page and status.</summary>
internal sealed record JobList(Page Page, JobStatus? Status)
{
    public static JobList Of(Call call)
    {
        Page.Sort(call, "created");
        return new(Page.Of(call), call.QueryWord<JobStatus>("status"));
    }
}

/// <summary>Lists, shows and cancels the jobs of a project; administrators can list the jobs of all projects.</summary>
internal sealed class JobEndpoints(Db db, SeeJob see, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var jobs = ActivatorUtilities.CreateInstance<JobEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/jobs", JobList.Of, By.Admin, (call, admin, asked) => jobs.ListAsync(call, asked, projectId: null))
            .GivesList<Job>();
        routes
            .Get("/v0/projects/{project}/jobs", JobList.Of, OnProject.View, (call, project, asked) =>
                jobs.ListAsync(call, asked, project.Id)
            )
            .GivesList<Job>();
        routes
            .Get("/v0/projects/{project}/jobs/{job}", Input.Uuid("job"), OnProject.ViewAs, jobs.ViewAsync)
            .Gives<Job>();
        routes
            .Post(
                "/v0/projects/{project}/jobs/{job}/cancel",
                Input.Uuid("job"),
                OnProject.May(Permission.Edit),
                jobs.CancelAsync
            )
            .Gives<Job>();
    }

    private async Task<Answer> ListAsync(Call call, JobList asked, Id<Project>? projectId)
    {
        var (page, filter) = (asked.Page, new JobFilter(projectId, asked.Status));
        var (rows, total) = await db.ReadAsync(
            sql => JobTable.ListAsync(sql, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListJob);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectGrant granted, Guid job) =>
        await see.AnswerAsync(await see.GetAsync(granted, job, call.Aborted));

    private async Task<Answer> CancelAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => SeeJob.CancelAsync(sql, project, uuid, time.GetUtcNow()));
        return await see.AnswerAsync(await see.GetAsync(granted, uuid, CancellationToken.None));
    }
}
