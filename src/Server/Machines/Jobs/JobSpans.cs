using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// What becomes of a job, as spans of the trace in which it was asked for. The server makes them from what runners say,
/// so that those of others are seen too, and no runner needs a way to the collector.
/// </summary>
internal static class JobSpans
{
    /// <summary>The span to go on below; null where there is none, or nobody collects.</summary>
    public static async Task<string?> ParentAsync(Sql sql, Id<Job> jobId) =>
        Spans.AreCollected
            ? await sql.FirstAsync($"SELECT trace FROM jobs WHERE id = {jobId}", row => row.TextOrNull())
            : null;

    /// <summary>The spans of a job that has left its runner, or its queue.</summary>
    /// <param name="job">As it was before.</param>
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
