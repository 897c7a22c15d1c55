using System.Buffers;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Machines.Jobs;

/// <summary>A job with everything its caller may see.</summary>
/// <param name="MayCancel">True when the caller has the permission and the job has not ended.</param>
internal sealed record SeenJob(ProjectRow Project, Caller Caller, JobRow Row, Job Job, bool IsMember, bool MayCancel);

/// <summary>
/// Shows jobs according to the caller's rights: the output to signed-in callers, the configuration to members.
/// </summary>
internal sealed class SeeJob(Db db, JobOutputs outputs, JobQueue queue)
{
    private const int CopiedAtOnce = 32 << 10;
    private const int EndLength = 2;

    /// <summary>Finds a job of the route's project, without its output.</summary>
    public async Task<SeenJob> GetAsync(ProjectGrant granted, Guid job, CancellationToken ct) =>
        await FindAsync(granted.Project, granted.Caller, job, ct) ?? throw Refusal.NotFound(JobTable.Noun, job);

    public Task<SeenJob?> FindAsync(ProjectRow project, Caller caller, Guid uuid, CancellationToken ct) =>
        db.ReadAsync(
            async sql =>
            {
                if (await JobTable.FindAsync(sql, project.Id, uuid, ct) is not { } row)
                    return null;
                var job = await queue.WithPlaceAsync(sql, row, ct);
                var isMember = await MayAsync(sql, project, caller, Permission.View, ct);
                if (isMember && row.ReadableConfig is { } config)
                    job = job with { Config = Mask(config) };
                if (row.ConfirmationId is { } confirmation)
                    job = job with { Confirmation = await ConfirmationOfAsync(sql, row, confirmation) };
                var mayCancel =
                    row.Status.Next(JobTrigger.Cancel, row.Attempts) is not null
                    && await MayAsync(sql, project, caller, Permission.Edit, ct);
                return new SeenJob(project, caller, row, job, isMember, mayCancel);
            },
            ct
        );

    private static async Task<JobConfirmation?> ConfirmationOfAsync(Sql sql, JobRow job, Id<ConfirmationRow> id) =>
        await ConfirmationTable.FindAsync(sql, id) is { } of
            ? new(of.State, of.HeadReport, of.BaseReport, of.RunOrder.Length / 2, of.RunOrder, job.Side)
            : null;

    /// <summary>Reads the end of the job's output; null when the caller may not see it.</summary>
    /// <param name="path">The path of the job's page.</param>
    public async Task<OutputView?> EndsAsync(SeenJob seen, string path, CancellationToken ct)
    {
        if (!ShowsOutput(seen))
            return null;
        await using var stored = await OpenAsync(seen);
        var output = stored is null ? null : await OutputEnds.ReadAsync(stored, path, ct);
        return seen.Row.Error is { } error ? (output ?? new([], 0, null)) with { Error = error } : output;
    }

    /// <summary>Reads the newest output of a running job; null when the caller may not see it.</summary>
    public async Task<string?> TailAsync(SeenJob seen, CancellationToken ct) =>
        seen.Caller is AnonymousCaller || seen.Row.Status.HasEnded()
            ? null
            : await db.ReadAsync(
                sql => sql.FirstAsync($"SELECT tail FROM jobs WHERE id = {seen.Row.Id}", row => row.TextOrNull(), ct),
                ct
            );

    /// <summary>Opens the stored output; null when there is none, or the caller may not see it.</summary>
    public async Task<Stream?> OpenAsync(SeenJob seen) =>
        ShowsOutput(seen) ? await outputs.OpenAsync(seen.Row.OutputId) : null;

    /// <summary>
    /// Makes an answer with the job and its output. It is streamed as the client reads, since an output may have many
    /// megabytes.
    /// </summary>
    public async Task<Answer> AnswerAsync(SeenJob seen)
    {
        if (!ShowsOutput(seen))
            return Answer.Ok(seen.Job, Wire.Default.Job);
        if (await outputs.OpenAsync(seen.Row.OutputId) is { } stored)
            return new LongAnswer(
                StatusCodes.Status200OK,
                "application/json",
                total: 1,
                flow => WriteAsync(flow, seen.Job, stored, seen.Row.Error),
                stored
            );
        return Answer.Ok(
            seen.Row.Error is { } error ? seen.Job with { Output = new([], error) } : seen.Job,
            Wire.Default.Job
        );
    }

    private static bool ShowsOutput(SeenJob seen) => seen.Row.Status.HasEnded() && seen.Caller is not AnonymousCaller;

    // The stored output is already JSON, so it is copied. Unless it contains an error, it ends with the list of
    // results.
    private static async Task WriteAsync(Flow flow, Job job, Stream stored, string? error)
    {
        // The job's JSON without its closing brace.
        flow.Output.Write(JsonSerializer.SerializeToUtf8Bytes(job, Wire.Default.Job).AsSpan(..^1));
        flow.Output.Write(",\"output\":"u8);
        var (buffer, held) = (new byte[CopiedAtOnce], 0);
        while (await stored.ReadAsync(buffer.AsMemory(held), flow.Ct) is > 0 and var read)
        {
            var all = held + read;
            held = Math.Min(all, EndLength);
            flow.Output.Write(buffer.AsSpan(0, all - held));
            buffer.AsSpan(all - held, held).CopyTo(buffer);
            await flow.NextAsync();
        }
        var hasError = !buffer.AsSpan(0, held).SequenceEqual("]}"u8);
        flow.Output.Write(buffer.AsSpan(0, error is null || hasError ? held : held - 1));
        if (error is not null && !hasError)
        {
            flow.Output.Write(",\"error\":"u8);
            flow.Output.Write(JsonSerializer.SerializeToUtf8Bytes(error, Wire.Default.String));
            flow.Output.Write("}"u8);
        }
        flow.Output.Write("}"u8);
    }

    /// <exception cref="Refusal">The job does not exist, or has ended.</exception>
    public static async Task CancelAsync(Sql sql, ProjectRow project, Guid uuid, DateTimeOffset now)
    {
        var found = await JobTable.FindAsync(sql, project.Id, uuid) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        var job = await JobTable.LockAsync(sql, found.Id) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        if (await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, "Somebody canceled it.", now) is null)
            throw Refusal.Conflict($"The job has ended already; its status is {Words<JobStatus>.Of(job.Status)}.");
    }

    // The names of the variables are useful; their values may be secrets.
    private static JobConfig Mask(JobConfig config) =>
        config.Env is not { } env
            ? config
            : config with
            {
                Env = env.ToDictionary(variable => variable.Key, _ => JobSecrets.Masked),
            };

    private static async Task<bool> MayAsync(
        Sql sql,
        ProjectRow project,
        Caller caller,
        Permission permission,
        CancellationToken ct
    ) =>
        caller switch
        {
            ProjectKeyCaller key => key.ProjectId == project.Id,
            UserCaller user => await ProjectAccess.MayAsync(sql, project, user.User, permission, ct),
            _ => false,
        };
}
