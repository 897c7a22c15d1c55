using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Projects;
using Paddock.Server.Users;

namespace Paddock.Server.Jobs;

/// <summary>The jobs of a project, and for administrators those of all.</summary>
internal sealed class JobEndpoints(Db db, Callers callers, ProjectAccess access, JobOutputs outputs, JobQueue queue, TimeProvider time)
{
    private const string Masked = "***";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var jobs = ActivatorUtilities.CreateInstance<JobEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/jobs", jobs.ListAllAsync);
        routes.Get("/v0/projects/{project}/jobs", jobs.ListAsync);
        routes.Get("/v0/projects/{project}/jobs/{job}", jobs.ViewAsync);
        routes.Post("/v0/projects/{project}/jobs/{job}/cancel", jobs.CancelAsync);
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

    private async Task<Answer> ViewAsync(Call call)
    {
        var (project, caller) = await access.CallerAsync(call, Permission.View);
        var uuid = call.PathUuid("job");
        var (row, job, isMember) = await db.ReadAsync(async sql =>
        {
            var found = await JobTable.FindAsync(sql, project.Id, uuid, call.Aborted) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
            return (found, await queue.WithPlaceAsync(sql, found, call.Aborted), await IsMemberAsync(sql, project, caller, call.Aborted));
        }, call.Aborted);
        return Answer.Ok(await FullAsync(row, job, caller, isMember), Wire.Default.Job);
    }

    private async Task<Answer> CancelAsync(Call call)
    {
        var (project, caller) = await access.CallerAsync(call, Permission.Edit);
        var uuid = call.PathUuid("job");
        var row = await db.WriteAsync(async sql =>
        {
            var found = await JobTable.FindAsync(sql, project.Id, uuid) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
            var job = await JobTable.LockAsync(sql, found.Id) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
            if (await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, "Somebody canceled it.", time.GetUtcNow()) is null)
                throw Refusal.Conflict($"The job has ended already: it is {Words<JobStatus>.Of(job.Status)}.");
            return (await JobTable.LockAsync(sql, found.Id))!;
        });
        return Answer.Ok(await FullAsync(row, row.ToWire(), caller, isMember: true), Wire.Default.Job);
    }

    // What it wrote is for whoever is signed in, what it was asked to do for members.
    private async Task<Job> FullAsync(JobRow row, Job job, Caller caller, bool isMember)
    {
        if (isMember) job = job with { Config = Mask(row.ParsedConfig) };
        if (!row.Status.HasEnded() || caller is AnonymousCaller) return job;
        var output = await outputs.LoadAsync(row.OutputId);
        return job with { Output = row.Error is { } error ? (output ?? new([])) with { Error = error } : output };
    }

    // Which variables are set is of use; what is in them may be a secret.
    private static JobConfig Mask(JobConfig config) => config.Env is not { } env ? config : config with { Env = env.ToDictionary(variable => variable.Key, _ => Masked) };

    private static async Task<bool> IsMemberAsync(Sql sql, ProjectRow project, Caller caller, CancellationToken ct) => caller switch
    {
        ProjectKeyCaller key => key.ProjectId == project.Id,
        UserCaller user => await ProjectAccess.MayAsync(sql, project, user.User, Permission.View, ct),
        _ => false,
    };
}
