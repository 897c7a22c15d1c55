using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Channels;

/// <summary>
/// A runner's connection for one of its slots, as docs/channel.md has it. It is idle, waits for a job, or is busy with one; every message is answered before the
/// next is read. Whatever changes its state holds the gate.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its gate has no handle to free, and late signals still come to it.")]
internal sealed partial class RunnerChannel(
    RunnerRow runner, int slot, bool isSlotNamed, ChannelSocket socket, Db db, Dispatcher dispatch, HearRunner hear, JobImages images, JobSecrets secrets, JobOptions options, TimeProvider time,
    ILogger<RunnerChannel> log)
{
    private enum Phase { Idle, Waiting, Busy, Over }

    private readonly SemaphoreSlim gate = new(1, 1);
    private ITimer? timer;
    private Phase phase = Phase.Idle;
    private Held? held;
    private long heardTicks; // The last message that counts; others look at it too.
    private bool isPaddock = isSlotNamed;
    private bool hadAnother; // When this was opened, another connection had the slot, which may still be at work.
    private bool isLast; // The channel ends with the job that it has.

    private DateTimeOffset LastHeard
    {
        get => new(Interlocked.Read(ref heardTicks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref heardTicks, value.UtcTicks);
    }

    public Guid Uuid { get; } = Guid.NewGuid();
    public long RunnerId => runner.Id;
    public int Slot => slot;

    /// <summary>Of the key that it was opened with.</summary>
    public string KeyHash => runner.KeyHash;

    /// <summary>What kinds of sandbox it can give; null where it did not say.</summary>
    public IReadOnlyList<string>? Sandboxes { get; private set; }

    /// <summary>The job that it has, and when it was last heard of.</summary>
    public (long JobId, DateTimeOffset Heard)? Work => held is { IsCanceled: false } job ? (job.Id, LastHeard) : null;

    public async Task RunAsync()
    {
        LastHeard = time.GetUtcNow();
        hadAnother = await db.WriteAsync(sql => SlotTable.OpenAsync(sql, runner.Id, slot, Uuid, time.GetUtcNow()));
        dispatch.Add(this);
        try
        {
            timer = time.CreateTimer(_ => _ = OnTimerAsync(), null, options.HeartbeatTimeout, Timeout.InfiniteTimeSpan);
            while (await socket.ReceiveAsync() is { } message)
            {
                await gate.WaitAsync();
                try
                {
                    if (!await HearAsync(message)) break;
                    if (isLast && phase != Phase.Busy) await EndAsync(WebSocketCloseStatus.PolicyViolation, "the runner was archived or got another key");
                }
                finally { gate.Release(); }
                socket.Forget();
                if (phase == Phase.Waiting) dispatch.Ask(this);
            }
        }
        finally
        {
            await LeaveAsync();
        }
    }

    /// <returns>False where the connection is at an end.</returns>
    private async Task<bool> HearAsync(ReadOnlyMemory<byte> message)
    {
        if (phase == Phase.Over) return true; // Until the other side has closed, too.
        if (phase == Phase.Waiting) return true; // Nothing is said while a runner waits.
        if (Parse(message.Span) is not { } parsed)
        {
            if (phase == Phase.Busy) return true;
            LogDropped(runner.Name, "it sent no message of the protocol");
            return false;
        }
        if (phase == Phase.Busy && held is { } job)
        {
            switch (parsed)
            {
                case Ready: return await socket.SendAsync(job.Ack);
                case Heartbeat beat: return await BeatAsync(job, beat.Lease);
                case Running running: return await StartedAsync(job, running.Lease);
            }
        }
        LastHeard = time.GetUtcNow();
        return parsed switch
        {
            Ready ready => await ReadyAsync(ready),
            Running { Lease: { } lease } => await ResumeAsync(lease, starts: true),
            Heartbeat { Lease: { } lease } => await ResumeAsync(lease, starts: false),
            Running or Heartbeat => true, // Without a claim it cannot be said of which job.
            Completed completed => await EndedAsync(completed.Job, completed.Lease, await hear.CompletedAsync(runner.Id, completed)),
            Failed failed => await EndedAsync(failed.Job, failed.Lease, await hear.FailedAsync(runner.Id, failed)),
            Canceled canceled => await EndedAsync(canceled.Job, canceled.Lease, await hear.CanceledAsync(runner.Id, canceled)),
            _ => true,
        };
    }

    /// <summary>No longer wanted: at once, or when the job that it has is done.</summary>
    public async Task RetireAsync()
    {
        await gate.WaitAsync();
        try
        {
            isLast = true;
            if (phase is Phase.Idle or Phase.Waiting) await EndAsync(WebSocketCloseStatus.PolicyViolation, "the runner was archived or got another key");
        }
        finally { gate.Release(); }
    }

    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        await gate.WaitAsync();
        try { await EndAsync(status, reason); }
        finally { gate.Release(); }
    }

    private async Task OnTimerAsync()
    {
        if (phase == Phase.Waiting)
        {
            await CheckWaitAsync();
            return;
        }
        await gate.WaitAsync();
        try
        {
            var left = LastHeard + options.HeartbeatTimeout - time.GetUtcNow();
            if (phase is Phase.Over or Phase.Waiting) return;
            if (left > TimeSpan.Zero) timer?.Change(left, Timeout.InfiniteTimeSpan);
            else if (phase == Phase.Busy && held is { } job) await SilentAsync(job);
            else
            {
                LogDropped(runner.Name, "it said nothing for too long");
                socket.Drop();
            }
        }
        catch (Exception e)
        {
            LogFailed(e, runner.Name); // Without its clock it would never end.
            socket.Drop();
        }
        finally { gate.Release(); }
    }

    private void Enter(Phase next, TimeSpan until)
    {
        phase = next;
        timer?.Change(until, Timeout.InfiniteTimeSpan);
    }

    private async Task EndAsync(WebSocketCloseStatus status, string reason)
    {
        if (phase == Phase.Over) return;
        phase = Phase.Over;
        dispatch.Forget(this);
        await socket.CloseAsync(status, reason);
    }

    private async Task LeaveAsync()
    {
        await gate.WaitAsync();
        var (job, last) = (held, LastHeard);
        phase = Phase.Over;
        held = null;
        gate.Release();
        dispatch.Remove(this);
        if (timer is not null) await timer.DisposeAsync();
        await db.WriteAsync(sql => SlotTable.CloseAsync(sql, runner.Id, slot, Uuid, job?.Id, job?.Lease, last));
        if (job is not null) dispatch.LookAfter(options.HeartbeatTimeout);
    }

    private static RunnerEvent? Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return JsonSerializer.Deserialize(message, Wire.Default.RunnerEvent) is { } said && NullElements.Find(said, Wire.Default.GetTypeInfo(said.GetType())!) is null
                ? said
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException) { return null; }
    }

    [LoggerMessage(LogLevel.Error, "The channel of the runner {Runner} failed")]
    private partial void LogFailed(Exception e, string runner);

    [LoggerMessage(LogLevel.Information, "The channel of the runner {Runner} was dropped: {Why}")]
    private partial void LogDropped(string runner, string why);
}
