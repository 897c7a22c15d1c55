using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Paddock.Core.Wire;

namespace Paddock.Cli.Watch;

/// <summary>
/// Follows the fleet by the server's events: on a terminal as one screen that is redrawn, with keys to drain, resume
/// and cancel; elsewhere as tables that are printed again after each change.
/// </summary>
internal sealed class WatchFleet(ApiClient api, TimeProvider time)
{
    private const string Everything = "/v0/fleet";
    private const string Enter = "\e[?1049h\e[?25l",
        Leave = "\e[?25h\e[?1049l",
        Home = "\e[H",
        RestOfLine = "\e[K",
        RestOfScreen = "\e[J",
        Chosen = "\e[7m",
        Plain = "\e[0m";
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2),
        AskEvery = TimeSpan.FromSeconds(5),
        DrawEvery = TimeSpan.FromSeconds(1);

    private enum Happened
    {
        Changed,
        Tick,
    }

    private readonly Channel<object> inbox = System.Threading.Channels.Channel.CreateBounded<object>(
        new BoundedChannelOptions(256) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Runs until it is interrupted, or the user presses q.</summary>
    /// <exception cref="Failure">The server refuses to show the fleet.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var fleet = await ReadAsync(ct);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = ListenAsync(ending.Token);
        try
        {
            if (Terminal.IsOut)
                await DrawAsync(fleet, ending.Token);
            else
                await PrintAsync(fleet, ending.Token);
            return Exit.Success;
        }
        finally
        {
            await ending.CancelAsync();
            await listening;
        }
    }

    private Task<Fleet> ReadAsync(CancellationToken ct) =>
        api.SendAsync(HttpMethod.Get, Everything, body: null, Wire.Default.Fleet, ct);

    // A server without events is polled.
    private async Task ListenAsync(CancellationToken ct)
    {
        try
        {
            for (var hasEvents = true; ; await Task.Delay(hasEvents ? AgainAfter : AskEvery, time, ct))
            {
                if (hasEvents)
                    hasEvents = await api.ListenAsync(
                        $"{Everything}/events",
                        (name, _) =>
                        {
                            if (name == "state")
                                inbox.Writer.TryWrite(Happened.Changed);
                        },
                        ct
                    );
                inbox.Writer.TryWrite(Happened.Changed);
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task PrintAsync(Fleet fleet, CancellationToken ct)
    {
        FleetTables.Print(fleet, time.GetUtcNow());
        var last = Known(fleet);
        await foreach (var _ in inbox.Reader.ReadAllAsync(ct))
        {
            while (inbox.Reader.TryRead(out var _)) { }
            try
            {
                fleet = await ReadAsync(ct);
            }
            catch (Failure e)
            {
                Output.Note(e.Message.Trim());
                continue;
            }
            if (Known(fleet) == last)
                continue;
            last = Known(fleet);
            Output.Line("");
            FleetTables.Print(fleet, time.GetUtcNow());
        }
    }

    // Excludes the times of heartbeats, which alone are not a change.
    private static string Known(Fleet fleet) =>
        System.Text.Json.JsonSerializer.Serialize(
            fleet with
            {
                Machines =
                [
                    .. fleet.Machines.Select(machine =>
                        machine with
                        {
                            Runner = machine.Runner with { LastHeartbeatAt = null },
                        }
                    ),
                ],
            },
            Wire.Default.Fleet
        );

    private async Task DrawAsync(Fleet fleet, CancellationToken ct)
    {
        var screen = new FleetScreen(fleet);
        // Redraws regularly: times advance, and windows are resized.
        using var ticking = time.CreateTimer(_ => inbox.Writer.TryWrite(Happened.Tick), null, DrawEvery, DrawEvery);
        if (!Console.IsInputRedirected)
            new Thread(() => ReadKeys(ct)) { IsBackground = true, Name = "keys" }.Start();
        Output.Out.Write(Enter);
        try
        {
            Show(screen);
            await foreach (var happened in inbox.Reader.ReadAllAsync(ct))
            {
                if (happened is ConsoleKeyInfo key)
                {
                    (screen, var order) = screen.Press(key);
                    if (order is FleetOrder.Quit)
                        return;
                    if (order is not null)
                        screen = await ObeyAsync(screen, order, ct);
                }
                else if (happened is Happened.Changed)
                    screen = await RefreshAsync(screen, ct);
                Show(screen);
            }
        }
        finally
        {
            Output.Out.Write(Leave);
        }
    }

    private void ReadKeys(CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
                inbox.Writer.TryWrite(Console.ReadKey(intercept: true));
        }
        catch (InvalidOperationException) { } // Standard input is not a terminal after all.
    }

    private async Task<FleetScreen> RefreshAsync(FleetScreen screen, CancellationToken ct)
    {
        try
        {
            return screen with { Fleet = await ReadAsync(ct) };
        }
        catch (Failure e)
        {
            return screen with { Notice = OneLine(e) };
        } // The screen stays, and the next event tries again.
    }

    private async Task<FleetScreen> ObeyAsync(FleetScreen screen, FleetOrder order, CancellationToken ct)
    {
        try
        {
            var notice = order switch
            {
                FleetOrder.Drain drain => await PatchAsync(
                    drain.Runner,
                    new JsonObject { ["reason"] = drain.Reason },
                    $"{drain.Runner} finishes its jobs and gets no new ones.",
                    ct
                ),
                FleetOrder.Resume resume => await PatchAsync(
                    resume.Runner,
                    maintenance: null,
                    $"{resume.Runner} gets jobs again.",
                    ct
                ),
                FleetOrder.Cancel cancel => await CancelAsync(cancel, ct),
                _ => null,
            };
            return screen with { Fleet = await ReadAsync(ct), Notice = notice };
        }
        catch (Failure e)
        {
            return screen with { Notice = OneLine(e) };
        }
    }

    private async Task<string> PatchAsync(string runner, JsonObject? maintenance, string done, CancellationToken ct)
    {
        await api.SendAsync(
            HttpMethod.Patch,
            $"/v0/runners/{Uri.EscapeDataString(runner)}",
            Encoding.UTF8.GetBytes(new JsonObject { ["maintenance"] = maintenance }.ToJsonString()),
            ct
        );
        return done;
    }

    private async Task<string> CancelAsync(FleetOrder.Cancel cancel, CancellationToken ct)
    {
        await api.SendAsync(
            HttpMethod.Post,
            $"/v0/projects/{Uri.EscapeDataString(cancel.Project)}/jobs/{cancel.Job}/cancel",
            body: null,
            ct
        );
        return $"The job {cancel.Job} is canceled.";
    }

    private void Show(FleetScreen screen)
    {
        var text = new StringBuilder(Home);
        var (width, height) = Terminal.Window();
        var lines = screen.Draw(width, height, time.GetUtcNow());
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append(lines[i].IsChosen ? Chosen : "")
                .Append(lines[i].Text)
                .Append(lines[i].IsChosen ? Plain : "")
                .Append(RestOfLine);
            if (i < lines.Count - 1)
                text.Append("\r\n");
        }
        Output.Out.Write(text.Append(RestOfScreen).ToString());
    }

    private static string OneLine(Failure e) =>
        string.Join(' ', e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
