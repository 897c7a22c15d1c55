using System.Runtime.CompilerServices;
using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Streams jobs as server-sent events. A project's stream sends each job's new status and costs no query. A job's
/// stream sends the job, with its place in the queue while it waits, and ends with the job.
/// </summary>
internal sealed class JobStreams(Db db, JobWatch watch, JobQueue queue, TimeProvider time)
{
    private static readonly TimeSpan SignOfLifeEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OpenMax = TimeSpan.FromMinutes(30);

    // Limits the updates: a place in a long queue changes often.
    private static readonly TimeSpan QueueEvery = TimeSpan.FromMilliseconds(500);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var streams = ActivatorUtilities.CreateInstance<JobStreams>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/jobs/events", OnProject.View, streams.OfProjectAsync).GivesEvents();
        routes
            .Get("/v0/projects/{project}/jobs/{job}/events", Input.Uuid("job"), OnProject.View, streams.OfJobAsync)
            .GivesEvents();
    }

    private Task<Answer> OfProjectAsync(Call call, ProjectRow project)
    {
        var watcher = watch.Open(job => job.ProjectId == project.Id);
        return Task.FromResult<Answer>(
            new EventStream(ChangesAsync(watcher, call.Aborted), watcher, call.AdmitAgainAsync)
        );
    }

    private async Task<Answer> OfJobAsync(Call call, ProjectRow project, Guid uuid)
    {
        var row = await db.ReadAsync(sql => JobTable.FindAsync(sql, project.Id, uuid, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound(JobTable.Noun, uuid);
        var specId = row.Spec.Id;
        var watcher = watch.Open(job => job.Uuid == uuid || job.SpecId == specId);
        return new EventStream(JobAsync(watcher, project.Id, uuid, call.Aborted), watcher, call.AdmitAgainAsync);
    }

    private async IAsyncEnumerable<StreamEvent> ChangesAsync(
        Watcher watcher,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var until = time.GetUtcNow() + OpenMax;
        while (time.GetUtcNow() < until && await watcher.NextAsync(SignOfLifeEvery, ct) is { } jobs)
        {
            if (jobs.Count == 0)
                yield return default;
            foreach (var job in jobs)
                yield return new(
                    "job",
                    JsonSerializer.SerializeToUtf8Bytes(new JobChange(job.Uuid, job.Status), Wire.Default.JobChange)
                );
        }
    }

    private async IAsyncEnumerable<StreamEvent> JobAsync(
        Watcher watcher,
        Id<Project> projectId,
        Guid uuid,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var (until, last) = (time.GetUtcNow() + OpenMax, Array.Empty<byte>());
        while (time.GetUtcNow() < until)
        {
            if (await db.ReadAsync(sql => queue.WithPlaceAsync(sql, projectId, uuid, ct), ct) is not { } job)
                yield break; // The job was deleted.
            var json = JsonSerializer.SerializeToUtf8Bytes(job, Wire.Default.Job);
            if (!json.AsSpan().SequenceEqual(last))
                yield return new("job", last = json);
            if (job.Status is JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled)
                yield break;
            IReadOnlyList<Signal.Job>? changes;
            do
            {
                changes = await watcher.NextAsync(SignOfLifeEvery, ct);
                if (changes is null)
                    yield break;
                if (changes.Count == 0)
                    yield return default;
            } while (!changes.Any(change => change.Uuid == uuid || job.Status == JobStatus.Pending));
            if (!changes.Any(change => change.Uuid == uuid))
                await Task.Delay(QueueEvery, ct);
        }
    }
}
