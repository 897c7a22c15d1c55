using System.Globalization;
using Paddock.Cli.Run;
using Paddock.Core.Wire;
using Heartbeat = Paddock.Cli.Run.Heartbeat;

namespace Paddock.Cli.Jobs;

/// <summary>
/// Shows a job's progress: on a terminal as one line that is redrawn, in a log as a line for each status and one at
/// intervals.
/// </summary>
internal sealed class JobProgress : IDisposable
{
    private const string ClearLine = "\r\e[K";
    private readonly Lock gate = new();
    private readonly HeartbeatForm form;
    private readonly TextWriter to;
    private readonly TimeProvider time;
    private readonly int width;
    private readonly ITimer? timer;
    private Job? job;
    private long since;
    private bool over;

    /// <param name="width">The number of columns of the terminal.</param>
    public JobProgress(HeartbeatForm form, TextWriter to, TimeProvider time, int width)
    {
        (this.form, this.to, this.time, this.width) = (form, to, time, width);
        timer = form switch
        {
            HeartbeatForm.Silent => null,
            HeartbeatForm.Drawn => time.CreateTimer(
                _ => Draw(),
                state: null,
                Heartbeat.DrawnEvery,
                Heartbeat.DrawnEvery
            ),
            HeartbeatForm.Plain => time.CreateTimer(
                _ => Repeat(),
                state: null,
                Heartbeat.PlainEvery,
                Heartbeat.PlainEvery
            ),
        };
    }

    public static JobProgress Start(bool quiet) =>
        new(Heartbeat.FormOfError(quiet), Output.Error, TimeProvider.System, Terminal.ErrorWidth);

    public void See(Job now)
    {
        lock (gate)
        {
            var isNews = now.Status != job?.Status;
            if (isNews)
                since = time.GetTimestamp();
            job = now;
            if (form == HeartbeatForm.Drawn)
                Draw();
            else if (form == HeartbeatForm.Plain && isNews)
                to.WriteLine($"Job status: {Words<JobStatus>.Of(now.Status)}{Reason(now)}");
        }
    }

    public void Dispose()
    {
        timer?.Dispose();
        lock (gate)
        {
            over = true;
            if (form == HeartbeatForm.Drawn && job is not null)
                to.Write(ClearLine);
        }
    }

    /// <summary>A line for people about a job that has not ended.</summary>
    /// <param name="clock">How long the job has been in its status.</param>
    internal static string Line(Job job, string clock) =>
        job.Status switch
        {
            JobStatus.Pending => $"waiting, {clock}{Reason(job)}",
            JobStatus.Claimed => $"claimed by a runner, {clock}",
            JobStatus.Running =>
                $"running{job.Started?.UtcDateTime.ToString(" 'since' HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}"
                    + $", {clock}",
            JobStatus.Completed => $"done, the server reads its results, {clock}",
            JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled => Words<JobStatus>.Of(job.Status),
        };

    // The reason why the job waits, which includes its place in the queue. An original server reports neither.
    private static string Reason(Job job) =>
        job is { Status: JobStatus.Pending, Reason: { } reason } ? $": {Terminal.Plain(reason)}" : "";

    private void Draw()
    {
        lock (gate)
        {
            if (over || job is null)
                return;
            var line = $"Job {Line(job, Heartbeat.Clock(time.GetElapsedTime(since)))}";
            to.Write($"{ClearLine}{(line.Length < width ? line : line[..(width - 2)] + "…")}");
        }
    }

    private void Repeat()
    {
        lock (gate)
        {
            if (!over && job is not null)
                to.WriteLine(
                    $"Job status: still {Words<JobStatus>.Of(job.Status)}, "
                        + $"{Heartbeat.Clock(time.GetElapsedTime(since))}{Reason(job)}"
                );
        }
    }
}
