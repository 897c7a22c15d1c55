using Paddock.Cli.Watch;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Watch;

/// <summary>How key presses change the fleet screen, and which parts of it fit a terminal.</summary>
public sealed class FleetScreenTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Running = Guid.Parse("0190a0b0-0000-7000-8000-000000000001"),
        Waits = Guid.Parse("0190a0b0-0000-7000-8000-000000000002");

    [Fact]
    public void The_selection_moves_line_by_line_and_stays_on_its_item_when_the_fleet_changes()
    {
        var screen = new FleetScreen(Fleet("rig", "box"));
        Assert.StartsWith("rig", Chosen(screen), StringComparison.Ordinal);

        screen = Press(Press(screen, 'j'), 'j');
        Assert.StartsWith("box", Chosen(screen), StringComparison.Ordinal);
        Assert.StartsWith(
            "box",
            Chosen(screen with { Fleet = Fleet("other", "rig", "box") }),
            StringComparison.Ordinal
        );
        // The chosen runner no longer exists, so the first one is chosen.
        Assert.StartsWith("rig", Chosen(screen with { Fleet = Fleet("rig") }), StringComparison.Ordinal);
        Assert.Contains($"{Waits}", Chosen(Press(Press(Press(screen, 'j'), 'j'), 'j')), StringComparison.Ordinal);
        Assert.StartsWith(
            "rig",
            Chosen(Press(Press(Press(Press(screen, 'k'), 'k'), 'k'), 'k')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_runner_is_drained_with_the_typed_reason()
    {
        var screen = Press(new FleetScreen(Fleet("rig")), 'd');
        Assert.Null(screen.Press(Key('\r', ConsoleKey.Enter)).Order); // A reason is required.
        foreach (var c in "dusk")
            screen = Press(screen, c); // d and k are text here, not commands.
        screen = Press(screen.Press(Key('\u007f', ConsoleKey.Backspace)).Next, 't');

        var (after, order) = screen.Press(Key('\r', ConsoleKey.Enter));

        Assert.Equal(new FleetOrder.Drain("rig", "dust"), order);
        Assert.Null(after.Typed);
        Assert.Null(screen.Press(Key('\e', ConsoleKey.Escape)).Next.Typed);
    }

    [Fact]
    public void A_job_is_canceled_only_after_a_confirmation()
    {
        var screen = new FleetScreen(Fleet("rig"));
        Assert.Equal("Choose a job to cancel it.", Press(screen, 'c').Notice);

        screen = Press(Press(screen, 'j'), 'c');

        Assert.Contains(
            $"Cancel the job {Running} of app?",
            screen.Draw(120, 20, Now)[^1].Text,
            StringComparison.Ordinal
        );
        Assert.Equal(new FleetOrder.Cancel("app", Running), screen.Press(Key('y', ConsoleKey.Y)).Order);
        Assert.Equal(
            (false, null),
            (screen.Press(Key('n', ConsoleKey.N)).Next.Asks, screen.Press(Key('n', ConsoleKey.N)).Order)
        );
        Assert.Equal("Choose a machine to drain it.", Press(Press(new FleetScreen(Fleet("rig")), 'j'), 'd').Notice);
    }

    [Theory]
    [InlineData(40, 5)]
    [InlineData(80, 12)]
    [InlineData(300, 200)]
    public void The_screen_fits_the_window_and_shows_the_selected_line(int width, int height)
    {
        var screen = new FleetScreen(Fleet([.. Enumerable.Range(0, 50).Select(i => $"rig-{i}")]));
        for (var pressed = 0; pressed < 110; pressed++)
        {
            var lines = screen.Draw(width, height, Now);
            Assert.True(lines.Count <= height, $"{lines.Count} lines do not fit {height}");
            Assert.All(lines, line => Assert.True(line.Text.Length <= width));
            Assert.Single(lines, line => line.IsChosen);
            screen = Press(screen, 'j');
        }
    }

    [Fact]
    public void Control_characters_in_a_text_are_not_sent_to_the_terminal()
    {
        var screen = new FleetScreen(
            Fleet("rig") is var fleet
                ? fleet with
                {
                    Waiting = [fleet.Waiting[0] with { Reason = "\e[2J\u0007 gone" }],
                }
                : null!
        );

        Assert.DoesNotContain(screen.Draw(200, 20, Now), line => line.Text.Any(char.IsControl));
    }

    [Fact]
    public void An_empty_fleet_shows_a_message_and_accepts_keys()
    {
        var screen = Press(Press(new FleetScreen(new([], [], 0)), 'j'), 'd');

        Assert.Equal("Choose a machine to drain it.", screen.Notice);
        Assert.StartsWith("There are no runners", screen.Draw(80, 10, Now)[0].Text, StringComparison.Ordinal);
        Assert.IsType<FleetOrder.Quit>(screen.Press(Key('q', ConsoleKey.Q)).Order);
    }

    // The first runner is working; one job waits.
    private static Core.Wire.Fleet Fleet(params string[] runners) =>
        new(
            [
                .. runners.Select(
                    (slug, at) =>
                        new FleetMachine(
                            Runner(slug),
                            null,
                            at == 0
                                ? [new(0, "pod-a", Running, PodStatus.Running, "app", "box", Now.AddSeconds(-75))]
                                : [],
                            []
                        )
                ),
            ],
            [new("pod-b", Waits, "app", "box", Now.AddMinutes(-3), 0, "The only runner is busy.")],
            1
        );

    private static FleetRunner Runner(string slug) =>
        new(
            slug.Sum(c => c),
            slug,
            FleetStatus.Online,
            "1",
            "linux",
            "amd64",
            [],
            0,
            1,
            Now,
            Now,
            null,
            Guid.Empty,
            slug,
            ["box"],
            true,
            new(1, 0)
        );

    private static FleetScreen Press(FleetScreen screen, char c) => screen.Press(Key(c, ConsoleKey.None)).Next;

    private static ConsoleKeyInfo Key(char c, ConsoleKey key) => new(c, key, shift: false, alt: false, control: false);

    private static string Chosen(FleetScreen screen) =>
        screen.Draw(200, 40, Now).Single(line => line.IsChosen).Text.Trim();
}
