using System.Text;
using Paddock.Cli.Run;

namespace Paddock.Cli.Tests.Run;

public sealed class HeartbeatTests
{
    private readonly HandClock clock = new();
    private readonly StringBuilder screen = new();

    [Fact]
    public void A_log_gets_a_progress_line_every_30_seconds()
    {
        using (Start(HeartbeatForm.Plain))
            clock.Advance(TimeSpan.FromSeconds(95));

        Assert.Equal(
            "still running the benchmark, 0:30\nstill running the benchmark, 1:00\nstill running the benchmark, 1:30\n",
            screen.ToString()
        );
    }

    [Fact]
    public void The_progress_line_on_a_terminal_is_redrawn_and_finally_erased()
    {
        using (Start(HeartbeatForm.Drawn))
            clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("\r\e[Krunning the benchmark, 0:02\r\e[Krunning the benchmark, 0:03\r\e[K", screen.ToString());
    }

    [Fact]
    public void A_benchmark_that_prints_gets_no_progress_line()
    {
        using var heartbeat = Start(HeartbeatForm.Drawn);
        for (var i = 0; i < 10; i++)
        {
            heartbeat.Echo(Stream.Null, "."u8.ToArray().Append((byte)'\n').ToArray());
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("", screen.ToString());
    }

    [Fact]
    public void Benchmark_output_replaces_the_progress_line_and_an_incomplete_line_is_not_overwritten()
    {
        using var heartbeat = Start(HeartbeatForm.Drawn);
        clock.Advance(TimeSpan.FromSeconds(2));
        heartbeat.Echo(Stream.Null, "50 %"u8.ToArray());
        clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal("\r\e[Krunning the benchmark, 0:02\r\e[K", screen.ToString());
    }

    [Fact]
    public void A_quiet_run_shows_no_progress()
    {
        using (Start(HeartbeatForm.Silent))
            clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("", screen.ToString());
    }

    [Fact]
    public void A_duration_over_an_hour_is_shown_with_hours()
    {
        using (Start(HeartbeatForm.Drawn))
            clock.Advance(new TimeSpan(hours: 1, minutes: 2, seconds: 3));

        Assert.EndsWith("running the benchmark, 1:02:03\r\e[K", screen.ToString());
    }

    private Heartbeat Start(HeartbeatForm form) =>
        new("the benchmark", form, new StringWriter(screen) { NewLine = "\n" }, clock);
}
