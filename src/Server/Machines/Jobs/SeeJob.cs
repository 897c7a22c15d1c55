using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Installation;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Machines.Jobs;

/// <summary>A job, with all of it that its caller may see.</summary>
/// <param name="MayCancel">Whether the caller may, and it is not too late.</param>
internal sealed record SeenJob(ProjectRow Project, Caller Caller, JobRow Row, Job Job, bool IsMember, bool MayCancel);

/// <summary>Who sees what of a job: what it wrote is for whoever is signed in, what it was asked to do for members.</summary>
internal sealed class SeeJob(Db db, ProjectAccess access, JobOutputs outputs, JobQueue queue)
{
    /// <summary>The job of the route, without what it wrote.</summary>
    public async Task<SeenJob> FindAsync(Call call)
    {
        var (project, caller) = await access.CallerAsync(call, Permission.View);
        return await FindAsync(project, caller, call.PathUuid("job"), call.Aborted) ?? throw Refusal.NotFound(JobTable.Noun, call.PathUuid("job"));
    }

    public Task<SeenJob?> FindAsync(ProjectRow project, Caller caller, Guid uuid, CancellationToken ct) => db.ReadAsync(async sql =>
    {
        if (await JobTable.FindAsync(sql, project.Id, uuid, ct) is not { } row) return null;
        var job = await queue.WithPlaceAsync(sql, row, ct);
        var isMember = await MayAsync(sql, project, caller, Permission.View, ct);
        if (isMember && row.ReadableConfig is { } config) job = job with { Config = Mask(config) };
        var mayCancel = row.Status.Next(JobTrigger.Cancel, row.Attempts) is not null && await MayAsync(sql, project, caller, Permission.Edit, ct);
        return new SeenJob(project, caller, row, job, isMember, mayCancel);
    }, ct);

    /// <summary>The job with what it wrote, where that is for this caller.</summary>
    public async Task<Job> WithOutputAsync(SeenJob seen)
    {
        if (!seen.Row.Status.HasEnded() || seen.Caller is AnonymousCaller) return seen.Job;
        var output = await outputs.LoadAsync(seen.Row.OutputId);
        return seen.Job with { Output = seen.Row.Error is { } error ? (output ?? new([])) with { Error = error } : output };
    }

    /// <exception cref="Refusal">There is no such job, or it has ended.</exception>
    public static async Task CancelAsync(Sql sql, ProjectRow project, Guid uuid, DateTimeOffset now)
    {
        var found = await JobTable.FindAsync(sql, project.Id, uuid) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        var job = await JobTable.LockAsync(sql, found.Id) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        if (await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, "Somebody canceled it.", now) is null)
            throw Refusal.Conflict($"The job has ended already; its status is {Words<JobStatus>.Of(job.Status)}.");
    }

    // Which variables are set is of use; what is in them may be a secret.
    private static JobConfig Mask(JobConfig config) => config.Env is not { } env ? config : config with { Env = env.ToDictionary(variable => variable.Key, _ => JobSecrets.Masked) };

    private static async Task<bool> MayAsync(Sql sql, ProjectRow project, Caller caller, Permission permission, CancellationToken ct) => caller switch
    {
        ProjectKeyCaller key => key.ProjectId == project.Id,
        UserCaller user => await ProjectAccess.MayAsync(sql, project, user.User, permission, ct),
        _ => false,
    };
}
