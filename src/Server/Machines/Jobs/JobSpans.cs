using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Records a job's life as spans of the trace of its request. The server creates them from the runners' events, so
/// original Bencher runners are covered too, and no runner needs access to the collector.
/// </summary>
internal static class JobSpans
{
    /// <summary>The parent span; null when the job has none, or no collector is configured.</summary>
    public static async Task<string?> ParentAsync(Sql sql, Id<Job> jobId) =>
        Spans.AreCollected
            ? await sql.FirstAsync($"SELECT trace FROM jobs WHERE id = {jobId}", row => row.TextOrNull())
            : null;

    /// <summary>Adds the spans of a job that has left its runner or the queue.</summary>
    /// <param name="job">The job before the change.</param>
    public static async Task AddAsync(Sql sql, JobRow job, JobStatus end, DateTimeOffset now)
    {
        if (await ParentAsync(sql, job.Id) is not { } parent)
            return;
        (string, object?)[] about =
        [
            ("paddock.job.uuid", job.Uuid.ToString()),
            ("paddock.job.spec", job.Spec.Slug.ToString()),
            ("paddock.job.runner", job.Runner?.ToString()),
            ("paddock.job.slot", job.Slot),
            ("paddock.job.attempts", job.Attempts),
        ];
        Spans.Add("job waits", parent, job.Created, job.Claimed ?? now, about);
        Spans.Add("job is prepared", parent, job.Claimed, job.Started ?? now, about);
        Spans.Add("job runs", parent, job.Started, now, [.. about, ("paddock.job.end", Words<JobStatus>.Of(end))]);
    }
}
