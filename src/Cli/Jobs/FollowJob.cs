using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Wire;

namespace Paddock.Cli.Jobs;

/// <summary>Follows a job to its end: by the server's events where it offers them, otherwise by polling.</summary>
/// <param name="path">The job's path, beginning with <c>/v0/</c>.</param>
/// <param name="every">The interval between two polls.</param>
/// <param name="seen">Receives the job each time that its state was read.</param>
internal sealed class FollowJob(ApiClient api, string path, TimeSpan every, Action<Job> seen)
{
    /// <returns>The job with its output, once its report is complete or can no longer become complete.</returns>
    public async Task<Job> ToEndAsync(CancellationToken ct)
    {
        for (var hasEvents = true; ; await Task.Delay(every, ct))
        {
            if (hasEvents)
                hasEvents = await api.ListenAsync($"{path}/events", Hear, ct);
            // Only this request returns the job's output.
            var job = await api.SendAsync(HttpMethod.Get, path, body: null, Wire.Default.Job, ct);
            seen(job);
            if (IsOver(job))
                return job;
        }
    }

    /// <summary>True when the job is over. A completed job has ended, but its results are still being read.</summary>
    public static bool IsOver(Job job) => job.Status is JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled;

    private void Hear(string name, string data)
    {
        if (name != "job")
            return;
        Job? job;
        try
        {
            job = JsonSerializer.Deserialize(data, (JsonTypeInfo<Job>)Body.Lenient.GetTypeInfo(typeof(Job)));
        }
        catch (JsonException)
        {
            return;
        } // A newer server may send unknown events; the request that follows has the documented form.
        if (job is not null && !IsOver(job))
            seen(job);
    }
}
