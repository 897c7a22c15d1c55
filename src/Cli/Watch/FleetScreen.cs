using System.Collections.Immutable;
using Paddock.Core.Wire;

namespace Paddock.Cli.Watch;

/// <summary>An operator's command, given with a key.</summary>
internal abstract record FleetOrder
{
    internal sealed record Drain(string Runner, string Reason) : FleetOrder;

    internal sealed record Resume(string Runner) : FleetOrder;

    internal sealed record Cancel(string Project, Guid Job) : FleetOrder;

    internal sealed record Quit : FleetOrder;
}

/// <summary>A selectable line: a machine, or a running or waiting job.</summary>
/// <param name="Id">Stays the same as long as the machine or job exists, so that the selection follows it.</param>
internal sealed record FleetLine(string Id, string Text)
{
    public FleetRunner? Runner { get; init; }
    public (string Project, Guid Job)? Job { get; init; }
}

/// <summary>
/// The state of the fleet view on a terminal: its content, the selected line, and the effect of keys. It neither draws
/// nor sends requests.
/// </summary>
/// <param name="Chosen">The id of the selected line. When that line is gone, the first line is selected.</param>
/// <param name="Typed">The reason for draining the selected machine, as typed so far; null when no reason is being
/// typed.</param>
/// <param name="Asks">True while the screen waits for a yes before it cancels the selected job.</param>
/// <param name="Notice">The outcome of the last command, or a problem with the connection.</param>
internal sealed record FleetScreen(
    Fleet Fleet,
    string? Chosen = null,
    string? Typed = null,
    bool Asks = false,
    string? Notice = null
)
{
    private const int ReasonMax = 200;
    private const string Keys = "↑↓ choose   d drain   r resume   c cancel   q quit";

    /// <summary>The screen after a key, and the command to carry out.</summary>
    public (FleetScreen Next, FleetOrder? Order) Press(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control))
            return (this, new FleetOrder.Quit());
        if (Typed is { } typed)
            return Type(key, typed);
        var line = Current(Lines(DateTimeOffset.UnixEpoch));
        if (Asks)
            return (
                this with
                {
                    Asks = false,
                },
                key.Key == ConsoleKey.Y && line?.Job is { } job ? new FleetOrder.Cancel(job.Project, job.Job) : null
            );
        return key switch
        {
            { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' } => (Move(-1), null),
            { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' } => (Move(+1), null),
            { KeyChar: 'q' } or { Key: ConsoleKey.Escape } => (this, new FleetOrder.Quit()),
            { KeyChar: 'd' } => line?.Runner is not null
                ? (this with { Typed = "", Notice = null, Chosen = line.Id }, null)
                : (this with { Notice = "Choose a machine to drain it." }, null),
            { KeyChar: 'r' } => line?.Runner is { } runner
                ? (this with { Notice = null }, new FleetOrder.Resume(runner.Slug))
                : (this with { Notice = "Choose a machine to resume it." }, null),
            { KeyChar: 'c' } => line?.Job is not null
                ? (this with { Asks = true, Notice = null, Chosen = line.Id }, null)
                : (this with { Notice = "Choose a job to cancel it." }, null),
            _ => (this, null),
        };
    }

    /// <summary>
    /// The lines on the terminal, at most <paramref name="height"/> of them and none too long. The selected line is
    /// marked and always visible.
    /// </summary>
    /// <returns>Each line, and whether it is selected.</returns>
    public IReadOnlyList<(string Text, bool IsChosen)> Draw(int width, int height, DateTimeOffset now)
    {
        var all = Lines(now);
        var current = Current(all);
        var shown = new List<(string Text, bool IsChosen)>();
        foreach (var line in all)
            shown.Add((line.Text, line == current));
        var room = Math.Max(1, height - 3); // The head, a blank line and the foot.
        var chosen = Math.Max(0, all.IndexOf(current!));
        var first = Math.Clamp(chosen - room / 2, 0, Math.Max(0, shown.Count - room));
        var below = Math.Max(0, shown.Count - first - room);
        return
        [
            (Cut(Head(), width), false),
            .. shown.Skip(first).Take(room).Select(line => (Cut(line.Text, width), line.IsChosen)),
            ("", false),
            (Cut(Foot(current) + (below > 0 && Typed is null && !Asks ? $"   {below} more below" : ""), width), false),
        ];
    }

    private string Head()
    {
        var machines = Fleet.Machines;
        var counts = machines
            .GroupBy(machine => machine.Runner.Status)
            .OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {Words<FleetStatus>.Of(group.Key)}");
        return machines.Count == 0
            ? "There are no runners. Register one with: paddock runner create"
            : $"{string.Join(", ", counts)}; {machines.Sum(machine => machine.Runner.PodCount)} of "
                + $"{machines.Sum(machine => machine.Runner.MaxPods)} slots taken, {Fleet.WaitingTotal} waiting";
    }

    private string Foot(FleetLine? current) =>
        this switch
        {
            { Typed: { } typed } => $"Reason to drain {current?.Runner?.Slug}: {typed}█   (Enter drains, Esc cancels)",
            { Asks: true } => $"Cancel the job {current?.Job?.Job} of {current?.Job?.Project}? y or n",
            { Notice: { } notice } => notice,
            _ => Keys,
        };

    private (FleetScreen Next, FleetOrder? Order) Type(ConsoleKeyInfo key, string typed) =>
        key switch
        {
            { Key: ConsoleKey.Escape } => (this with { Typed = null }, null),
            { Key: ConsoleKey.Enter } when typed.Trim().Length == 0 => (this, null),
            { Key: ConsoleKey.Enter } => (
                this with
                {
                    Typed = null,
                },
                Current(Lines(DateTimeOffset.UnixEpoch))?.Runner is { } runner
                    ? new FleetOrder.Drain(runner.Slug, typed.Trim())
                    : null
            ),
            { Key: ConsoleKey.Backspace } => (this with { Typed = typed.Length > 0 ? typed[..^1] : "" }, null),
            { KeyChar: var c } when !char.IsControl(c) && typed.Length < ReasonMax => (
                this with
                {
                    Typed = typed + c,
                },
                null
            ),
            _ => (this, null),
        };

    private FleetScreen Move(int by)
    {
        var lines = Lines(DateTimeOffset.UnixEpoch).RemoveAll(line => line is { Runner: null, Job: null });
        if (lines.Count == 0)
            return this;
        var at = Math.Max(0, lines.FindIndex(line => line.Id == Chosen));
        return this with { Chosen = lines[Math.Clamp(at + by, 0, lines.Count - 1)].Id, Notice = null };
    }

    private FleetLine? Current(ImmutableList<FleetLine> lines) =>
        lines.Find(line => line.Id == Chosen && line is not { Runner: null, Job: null })
        ?? lines.Find(line => line is not { Runner: null, Job: null });

    private ImmutableList<FleetLine> Lines(DateTimeOffset now)
    {
        var lines = ImmutableList.CreateBuilder<FleetLine>();
        var (name, status) = (
            Widest(Fleet.Machines.Select(machine => machine.Runner.Slug)),
            Widest(Fleet.Machines.Select(machine => FleetTables.Status(machine.Runner)))
        );
        foreach (var machine in Fleet.Machines)
        {
            var runner = machine.Runner;
            string[] rest =
            [
                $"{runner.PodCount} of {runner.MaxPods}",
                FleetTables.Noise(machine.Noise),
                string.Join(", ", runner.Specs),
                FleetTables.Owner(machine),
            ];
            lines.Add(
                new(
                    $"runner {runner.Id}",
                    $"{Fit(runner.Slug, name)}  {Fit(FleetTables.Status(runner), status)}  "
                        + $"{string.Join("  ", rest.Where(part => part.Length > 0))}"
                )
                {
                    Runner = runner,
                }
            );
            foreach (var work in machine.Work)
                lines.Add(
                    new(
                        $"job {work.Job}",
                        $"  └ {work.Project} {work.Job}, {Words<PodStatus>.Of(work.Status)} for "
                            + $"{FleetTables.Since(work.Since, now)}"
                    )
                    {
                        Job = (work.Project, work.Job),
                    }
                );
        }
        lines.Add(new("blank", ""));
        lines.Add(new("waiting", FleetTables.Waiting(Fleet)));
        foreach (var job in Fleet.Waiting)
            lines.Add(
                new(
                    $"job {job.Job}",
                    $"  {job.Project} {job.Job}  {job.Spec}  {FleetTables.Since(job.Since, now)}  {job.Reason}"
                )
                {
                    Job = (job.Project, job.Job),
                }
            );
        if (Fleet.WaitingTotal > Fleet.Waiting.Count)
            lines.Add(new("more", $"  … and {Fleet.WaitingTotal - Fleet.Waiting.Count} more."));
        return lines.ToImmutable();
    }

    private static int Widest(IEnumerable<string> texts) =>
        Math.Min(40, texts.Select(text => text.Length).DefaultIfEmpty().Max());

    private static string Fit(string text, int width) => Cut(text, width).PadRight(width);

    private static string Cut(string text, int width) =>
        Terminal.Plain(text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…");
}
