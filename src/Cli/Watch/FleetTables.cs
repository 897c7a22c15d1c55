using System.Globalization;
using Paddock.Core.Wire;
using Spectre.Console;

namespace Paddock.Cli.Watch;

/// <summary>Tables that show what every machine does and why each job waits.</summary>
internal static class FleetTables
{
    private const string None = "–";
    private const string Blocks = "▁▂▃▄▅▆▇█";

    public static void Print(Fleet fleet, DateTimeOffset now)
    {
        var console = Terminal.Open();
        if (fleet.Machines.Count == 0)
            Output.Line("There are no runners. Register one with: paddock runner create");
        else
            console.Write(Machines(fleet, now));
        Output.Line($"\n{Waiting(fleet)}");
        if (fleet.Waiting.Count > 0)
            console.Write(Jobs(fleet, now));
        if (fleet.WaitingTotal > fleet.Waiting.Count)
            Output.Line($"… and {fleet.WaitingTotal - fleet.Waiting.Count} more.");
    }

    public static string Waiting(Fleet fleet) =>
        fleet.WaitingTotal switch
        {
            0 => "No job waits.",
            1 => "One job waits:",
            var count => $"{count} jobs wait:",
        };

    public static string Status(FleetRunner runner) =>
        Words<FleetStatus>.Of(runner.Status) + (runner.Reason is { } reason ? $": {reason}" : "");

    public static string Owner(FleetMachine machine) => machine.Organization ?? "everybody";

    // Shows each job's noise as a bar from 0 to 100, and the last one as a number.
    public static string Noise(IReadOnlyList<NoisePoint> points) =>
        points.Count == 0
            ? ""
            : string.Concat(
                points.Select(point => Blocks[(int)Math.Clamp(point.Score / 100 * Blocks.Length, 0, Blocks.Length - 1)])
            ) + points[^1].Score.ToString(" 0.#", CultureInfo.InvariantCulture);

    public static string Since(DateTimeOffset? since, DateTimeOffset now) =>
        (now - since) switch
        {
            null => None,
            { TotalSeconds: < 60 } span => $"{Math.Max(0, (int)span.TotalSeconds)} s",
            { TotalMinutes: < 60 } span => $"{(int)span.TotalMinutes} min",
            { TotalHours: < 24 } span => $"{(int)span.TotalHours} h {span.Minutes} min",
            { } span => $"{(int)span.TotalDays} days",
        };

    private static Table Machines(Fleet fleet, DateTimeOffset now)
    {
        var table = Terminal.Table();
        foreach (var heading in (ReadOnlySpan<string>)["Runner", "Status", "Slots", "Runs", "Noise", "Serves", "Whose"])
            table.AddColumn(heading);
        foreach (var machine in fleet.Machines)
        {
            var runner = machine.Runner;
            table.AddRow(
                Cell(runner.Slug),
                Cell(Status(runner)),
                Cell($"{runner.PodCount} of {runner.MaxPods}"),
                Cell(
                    string.Join(
                        '\n',
                        machine.Work.Select(work =>
                            $"{work.Project} {work.Job}, {Words<PodStatus>.Of(work.Status)} for "
                            + $"{Since(work.Since, now)}"
                        )
                    )
                ),
                Cell(Noise(machine.Noise)),
                Cell(string.Join(", ", runner.Specs)),
                Cell(Owner(machine))
            );
        }
        return table;
    }

    private static Table Jobs(Fleet fleet, DateTimeOffset now)
    {
        var table = Terminal.Table();
        foreach (var heading in (ReadOnlySpan<string>)["Job", "Project", "Spec", "For", "Why"])
            table.AddColumn(heading);
        foreach (var job in fleet.Waiting)
            table.AddRow(
                Cell(job.Job.ToString()),
                Cell(job.Project),
                Cell(job.Spec),
                Cell(Since(job.Since, now)),
                Cell(job.Reason)
            );
        return table;
    }

    private static Markup Cell(string text) =>
        new(text.Length == 0 ? None : Markup.Escape(string.Join('\n', text.Split('\n').Select(Terminal.Plain))));
}
