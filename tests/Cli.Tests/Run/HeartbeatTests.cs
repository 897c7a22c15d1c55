using System.Text;
using Paddock.Cli.Run;

namespace Paddock.Cli.Tests.Run;

public sealed class HeartbeatTests
{
    private readonly HandClock clock = new();
    private readonly StringBuilder screen = new();

    [Fact]
    public void In_a_log_a_line_comes_every_half_minute()
    {
        using (Start(HeartbeatForm.Plain))
            clock.Advance(TimeSpan.FromSeconds(95));

        Assert.Equal(
            "still running the benchmark, 0:30\nstill running the benchmark, 1:00\nstill running the benchmark, 1:30\n",
            screen.ToString()
        );
    }

    [Fact]
    public void On_a_terminal_one_line_is_drawn_anew_and_goes_away()
    {
        using (Start(HeartbeatForm.Drawn))
            clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("\r\e[Krunning the benchmark, 0:02\r\e[Krunning the benchmark, 0:03\r\e[K", screen.ToString());
    }

    [Fact]
    public void A_benchmark_that_prints_needs_no_other_sign_of_life()
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
    public void What_the_benchmark_prints_takes_the_place_of_the_line_and_half_a_line_is_left_alone()
    {
        using var heartbeat = Start(HeartbeatForm.Drawn);
        clock.Advance(TimeSpan.FromSeconds(2));
        heartbeat.Echo(Stream.Null, "50 %"u8.ToArray());
        clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal("\r\e[Krunning the benchmark, 0:02\r\e[K", screen.ToString());
    }

    [Fact]
    public void A_quiet_run_shows_nothing()
    {
        using (Start(HeartbeatForm.Silent))
            clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("", screen.ToString());
    }

    [Fact]
    public void Hours_are_hours()
    {
        using (Start(HeartbeatForm.Drawn))
            clock.Advance(new TimeSpan(hours: 1, minutes: 2, seconds: 3));

        Assert.EndsWith("running the benchmark, 1:02:03\r\e[K", screen.ToString());
    }

    private Heartbeat Start(HeartbeatForm form) =>
        new("the benchmark", form, new StringWriter(screen) { NewLine = "\n" }, clock);
}
