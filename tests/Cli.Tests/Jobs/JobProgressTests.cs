using System.Text;
using Paddock.Cli.Jobs;
using Paddock.Cli.Run;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Jobs;

public sealed class JobProgressTests
{
    private readonly HandClock clock = new();
    private readonly StringBuilder screen = new();

    [Fact]
    public void A_log_gets_a_line_for_each_status_and_a_reminder_every_30_seconds()
    {
        using (var progress = Start(HeartbeatForm.Plain))
        {
            progress.See(Of(JobStatus.Pending, "It is the next."));
            progress.See(Of(JobStatus.Pending, "It is the next."));
            clock.Advance(TimeSpan.FromSeconds(31));
            progress.See(Of(JobStatus.Running));
        }

        Assert.Equal(
            "Job status: pending: It is the next.\nJob status: still pending, 0:30: It is the next.\nJob status: "
                + "running\n",
            screen.ToString()
        );
    }

    [Fact]
    public void The_progress_line_on_a_terminal_is_redrawn_and_finally_erased()
    {
        using (var progress = Start(HeartbeatForm.Drawn))
        {
            progress.See(Of(JobStatus.Pending, "2 jobs go first."));
            clock.Advance(TimeSpan.FromSeconds(1));
            progress.See(Of(JobStatus.Running));
        }

        Assert.Equal(
            "\r\e[KJob waiting, 0:00: 2 jobs go first.\r\e[KJob waiting, 0:01: 2 jobs go first.\r\e[KJob running "
                + "since 10:00:05 UTC, 0:00\r\e[K",
            screen.ToString()
        );
    }

    [Fact]
    public void The_progress_line_is_cut_to_the_width_of_the_terminal()
    {
        using var progress = Start(HeartbeatForm.Drawn, width: 20);

        progress.See(Of(JobStatus.Pending, "A reason that takes its time."));

        Assert.Equal("\r\e[KJob waiting, 0:00:…", screen.ToString());
    }

    [Fact]
    public void A_quiet_run_shows_no_progress()
    {
        using (var progress = Start(HeartbeatForm.Silent))
        {
            progress.See(Of(JobStatus.Pending));
            clock.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal("", screen.ToString());
    }

    [Theory]
    [InlineData(JobStatus.Canceled, null, null, "The job was canceled: Job was canceled")]
    [InlineData(JobStatus.Failed, null, null, "The job failed: Unknown error")]
    [InlineData(JobStatus.Failed, null, "boom", "The job failed: boom")]
    [InlineData(JobStatus.Failed, "boom", "boom\nand more", "The job failed: boom\nand more")]
    [InlineData(
        JobStatus.Failed,
        "It cannot be read.",
        "Line 1 is odd.",
        "The job failed: It cannot be read. Line 1 is odd."
    )]
    public void The_message_of_a_failed_or_canceled_job_contains_the_reason(
        JobStatus status,
        string? reason,
        string? error,
        string said
    ) =>
        Assert.Equal(said, JobText.Failure(Of(status, reason) with { Output = error is null ? null : new([], error) }));

    private JobProgress Start(HeartbeatForm form, int width = 100) =>
        new(form, new StringWriter(screen) { NewLine = "\n" }, clock, width);

    private static Job Of(JobStatus status, string? reason = null)
    {
        var at = new DateTimeOffset(2026, 11, 20, 10, 0, 5, TimeSpan.Zero);
        var spec = new Spec(
            Guid.Empty,
            "Box",
            "box",
            Core.Wire.OperatingSystem.Linux,
            "x86_64",
            Sandbox: null,
            1,
            1,
            1,
            Network: false,
            Fallback: null,
            at,
            at,
            Archived: null
        );
        return new(
            Guid.Empty,
            status,
            spec,
            Runner: null,
            Claimed: null,
            status == JobStatus.Running ? at : null,
            Completed: null,
            at,
            at,
            Reason: reason
        );
    }
}
