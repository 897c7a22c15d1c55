using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;
using Spectre.Console;

namespace Paddock.Cli.Commands;

/// <summary><c>paddock fleet</c>: what every machine does, and why each job waits; and what an operator does about it.</summary>
internal static class FleetCommands
{
    private const string Runner = "/v0/runners/{runner}";
    private const string None = "–";
    private const string Blocks = "▁▂▃▄▅▆▇█";

    public static Command Create()
    {
        var command = new Command("fleet")
        {
            Call.Of<JsonElement>("drain", HttpMethod.Patch, Runner, Access.Authenticated, "Put a runner in maintenance: it finishes what it has and gets nothing new.", Reason()),
            Call.Of<JsonElement>("resume", HttpMethod.Patch, Runner, Access.Authenticated, "Put a runner back to work.", new Part((_, request) => request.Body["maintenance"] = null)),
            Call.Of<JsonElement>("cancel", HttpMethod.Post, "/v0/projects/{project}/jobs/{job}/cancel", Access.Authenticated, "End a job, whether it waits or runs."),
        };
        var json = DomainOption.Flag("--json", "Print the server's answer instead of tables.");
        var backend = new Backend();
        command.Options.Add(json);
        backend.AddTo(command);
        command.SetAction(async (args, ct) =>
        {
            using var api = backend.Open(args, Access.Authenticated);
            if (args.GetValue(json)) return await api.PrintAsync(HttpMethod.Get, "/v0/fleet", body: null, Wire.Default.Fleet, ct);
            Print(await api.SendAsync(HttpMethod.Get, "/v0/fleet", body: null, Wire.Default.Fleet, ct), DateTimeOffset.UtcNow);
            return Exit.Success;
        });
        return command;
    }

    private static Part Reason()
    {
        Reader<string> read = Readers.NotEmpty;
        var reason = DomainOption.Of("--reason", "Why: whoever looks at the machine is told.", read, helpName: "text");
        return new Part((args, request) => request.Body["maintenance"] = new JsonObject { ["reason"] = args.GetValue(reason) }, reason).Required();
    }

    private static void Print(Fleet fleet, DateTimeOffset now)
    {
        var console = Terminal.Open();
        if (fleet.Machines.Count == 0) Output.Line("There are no runners; `paddock runner create` registers one.");
        else console.Write(Machines(fleet, now));
        var waiting = fleet.WaitingTotal switch { 0 => "No job waits.", 1 => "One job waits:", var count => $"{count} jobs wait:" };
        Output.Line($"\n{waiting}");
        if (fleet.Waiting.Count > 0) console.Write(Waiting(fleet, now));
        if (fleet.WaitingTotal > fleet.Waiting.Count) Output.Line($"… and {fleet.WaitingTotal - fleet.Waiting.Count} more.");
    }

    private static Table Machines(Fleet fleet, DateTimeOffset now)
    {
        var table = Terminal.Table();
        foreach (var heading in (ReadOnlySpan<string>)["Runner", "Status", "Slots", "Runs", "Noise", "Serves", "Whose"]) table.AddColumn(heading);
        foreach (var machine in fleet.Machines)
        {
            var runner = machine.Runner;
            var status = Words<FleetStatus>.Of(runner.Status);
            table.AddRow(
                Cell(runner.Slug), Cell(runner.Reason is { } reason ? $"{status}: {reason}" : status), Cell($"{runner.PodCount} of {runner.MaxPods}"),
                Cell(string.Join('\n', machine.Work.Select(work => $"{work.Project} {work.Job}, {Words<PodStatus>.Of(work.Status)} for {Since(work.Since, now)}"))),
                Cell(Noise(machine.Noise)), Cell(string.Join(", ", runner.Specs)), Cell(machine.Organization ?? "everybody"));
        }
        return table;
    }

    private static Table Waiting(Fleet fleet, DateTimeOffset now)
    {
        var table = Terminal.Table();
        foreach (var heading in (ReadOnlySpan<string>)["Job", "Project", "Spec", "For", "Why"]) table.AddColumn(heading);
        foreach (var job in fleet.Waiting) table.AddRow(Cell(job.Job.ToString()), Cell(job.Project), Cell(job.Spec), Cell(Since(job.Since, now)), Cell(job.Reason));
        return table;
    }

    // Each job's as a bar from 0 to 100, and the last one in figures.
    private static string Noise(IReadOnlyList<NoisePoint> points) => points.Count == 0 ? ""
        : string.Concat(points.Select(point => Blocks[(int)Math.Clamp(point.Score / 100 * Blocks.Length, 0, Blocks.Length - 1)])) + points[^1].Score.ToString(" 0.#", CultureInfo.InvariantCulture);

    private static string Since(DateTimeOffset? since, DateTimeOffset now) => (now - since) switch
    {
        null => None,
        { TotalSeconds: < 60 } span => $"{Math.Max(0, span.TotalSeconds):0} s",
        { TotalMinutes: < 60 } span => $"{span.TotalMinutes:0} min",
        { TotalHours: < 24 } span => $"{(int)span.TotalHours} h {span.Minutes} min",
        { } span => $"{span.TotalDays:0} days",
    };

    private static Markup Cell(string text) => new(text.Length == 0 ? None : Markup.Escape(string.Join('\n', text.Split('\n').Select(Terminal.Plain))));
}
