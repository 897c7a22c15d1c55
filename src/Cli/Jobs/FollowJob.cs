using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Wire;

namespace Paddock.Cli.Jobs;

/// <summary>
/// Follows a job to its end: by the server's events where it has some, and by asking now and then where it has not.
/// </summary>
/// <param name="path">Of the job, beginning with <c>/v0/</c>.</param>
/// <param name="every">How long to wait between two questions.</param>
/// <param name="seen">Is told each time that something is known about the job.</param>
internal sealed class FollowJob(ApiClient api, string path, TimeSpan every, Action<Job> seen)
{
    /// <returns>The job once its report is complete, or once it is known that it never will be, with what it
    /// printed.</returns>
    public async Task<Job> ToEndAsync(CancellationToken ct)
    {
        for (var hasEvents = true; ; await Task.Delay(every, ct))
        {
            if (hasEvents)
                hasEvents = await api.ListenAsync($"{path}/events", Hear, ct);
            // Only here is what it printed.
            var job = await api.SendAsync(HttpMethod.Get, path, body: null, Wire.Default.Job, ct);
            seen(job);
            if (IsOver(job))
                return job;
        }
    }

    /// <summary>A job that is completed has ended, too, but its results are still being read.</summary>
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
        } // A newer server may say more than we understand; the question that follows is in the documented form.
        if (job is not null && !IsOver(job))
            seen(job);
    }
}
