using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Jobs;

/// <summary>The jobs of a project, and for administrators those of all.</summary>
internal sealed class JobEndpoints(Db db, Callers callers, ProjectAccess access, SeeJob see, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var jobs = ActivatorUtilities.CreateInstance<JobEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/jobs", jobs.ListAllAsync).GivesList<Job>();
        routes.Get("/v0/projects/{project}/jobs", jobs.ListAsync).GivesList<Job>();
        routes.Get("/v0/projects/{project}/jobs/{job}", jobs.ViewAsync).Gives<Job>();
        routes.Post("/v0/projects/{project}/jobs/{job}/cancel", jobs.CancelAsync).Gives<Job>();
    }

    private async Task<Answer> ListAllAsync(Call call)
    {
        await callers.AdminAsync(call);
        return await ListAsync(call, projectId: null);
    }

    private async Task<Answer> ListAsync(Call call) => await ListAsync(call, (await access.ViewAsync(call)).Id);

    private async Task<Answer> ListAsync(Call call, long? projectId)
    {
        Page.Sort(call, "created");
        var (page, filter) = (Page.Of(call), new JobFilter(projectId, call.QueryWord<JobStatus>("status")));
        var (rows, total) = await db.ReadAsync(sql => JobTable.ListAsync(sql, filter, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListJob);
    }

    private async Task<Answer> ViewAsync(Call call) => await see.AnswerAsync(await see.FindAsync(call));

    private async Task<Answer> CancelAsync(Call call)
    {
        var (project, caller) = await access.CallerAsync(call, Permission.Edit);
        var uuid = call.PathUuid("job");
        await db.WriteAsync(sql => SeeJob.CancelAsync(sql, project, uuid, time.GetUtcNow()));
        var seen = await see.FindAsync(project, caller, uuid, CancellationToken.None) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        return await see.AnswerAsync(seen);
    }
}
