using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Channels;

/// <summary>
/// A runner's connection for one of its slots. <see cref="ChannelLife"/> decides; this class receives messages and
/// carries out the decisions. Every message is answered before the next one is read, and every change of state holds
/// the gate.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "Its gate has no handle to free, and late signals still come to it."
)]
internal sealed partial class RunnerChannel(
    RunnerRow runner,
    int slot,
    bool isSlotNamed,
    ChannelSocket socket,
    Dispatcher dispatch,
    ChannelServices services,
    ILogger<RunnerChannel> log
)
{
    private readonly ChannelTimes times = new(services.Options.HeartbeatTimeout, services.Options.TimeoutGrace);
    private readonly SemaphoreSlim gate = new(1, 1);
    private ITimer? timer;
    private long? otherServer; // The server of the connection that held the slot before.

    // Volatile: other threads read it without the gate.
    private volatile ChannelState state = new(ChannelPhase.Idle, Heard: default, IsPaddock: isSlotNamed);
    private string? factsKnown = runner.Facts;

    public Guid Uuid { get; } = Guid.NewGuid();
    public Id<Runner> RunnerId => runner.Id;
    public int Slot => slot;

    /// <summary>The hash of the key with which the channel was opened.</summary>
    public string KeyHash => runner.KeyHash;

    /// <summary>The kinds of sandbox the runner offers; null when it has not said.</summary>
    public IReadOnlyList<string>? Sandboxes { get; private set; }

    /// <summary>True when the runner has said that it can run two images in alternation.</summary>
    public bool KnowsPairs { get; private set; }

    /// <summary>
    /// The current job, and when the runner was last heard from. Null when there is no job or it was canceled.
    /// </summary>
    public (Id<Job> JobId, DateTimeOffset Heard)? Work =>
        state is { Job: { IsCanceled: false } job } now ? (new(job.Id), now.Heard) : null;

    public async Task RunAsync()
    {
        var opened = services.Time.GetUtcNow();
        var (db, server) = (services.Db, services.Db.Server);
        (var isShared, otherServer) = await db.WriteAsync(sql =>
            SlotTable.OpenAsync(sql, runner.Id, slot, Uuid, server, opened)
        );
        state = state with { Heard = opened, IsShared = isShared };
        dispatch.Add(this);
        try
        {
            timer = services.Time.CreateTimer(_ => _ = OnTimerAsync(), null, times.Silence, Timeout.InfiniteTimeSpan);
            while (await socket.ReceiveAsync() is { } message)
            {
                await OnAsync(new ChannelInput.Said(Parse(message.Span)));
                socket.Forget();
                if (state.Phase == ChannelPhase.Waiting)
                    dispatch.Ask(this);
            }
        }
        finally
        {
            await LeaveAsync();
        }
    }

    /// <summary>
    /// Sends the runner a job that was claimed for this slot. A job that can no longer be sent goes back to the queue.
    /// </summary>
    public async Task GiveAsync(JobRow job)
    {
        await OnAsync(new ChannelInput.Given(Mine(job), Message(job)));
        if (state.Phase == ChannelPhase.Waiting)
            dispatch.Ask(this);
    }

    /// <summary>
    /// Called when a claim attempt has ended without a job. If the runner's poll has timed out meanwhile, it is told
    /// that there is no job.
    /// </summary>
    public Task CheckWaitAsync() => OnAsync(new ChannelInput.Tick());

    /// <summary>
    /// Tells the runner that it no longer holds the job: at once if it understands that message, else in answer to its
    /// next heartbeat.
    /// </summary>
    public async Task NotHeldAsync(Id<Job> jobId)
    {
        await gate.WaitAsync();
        try
        {
            if (state.Job is not { IsCanceled: false } job || job.Id != jobId)
                return;
            // A signal from another server may be stale: the job may have gone back to the queue and been claimed by
            // this slot again.
            if (!await services.Hear.IsHeldAsync(jobId, job.Lease))
                await StepAsync(new ChannelInput.Revoked(job.Lease));
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Closes the channel because its runner was archived or its key replaced: at once, or after the current job.
    /// </summary>
    public Task RetireAsync() => OnAsync(new ChannelInput.Retired());

    public Task CloseAsync(WebSocketCloseStatus status, string reason) =>
        OnAsync(new ChannelInput.Closed(status, reason));

    private async Task OnTimerAsync()
    {
        try
        {
            await OnAsync(new ChannelInput.Tick());
        }
        catch (Exception e)
        {
            if (!services.Outages.Takes(e))
                LogFailed(e, runner.Name);
            socket.Drop(); // Without its timer the channel would never time out.
        }
    }

    private async Task OnAsync(ChannelInput input)
    {
        await gate.WaitAsync();
        try
        {
            await StepAsync(input);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task StepAsync(ChannelInput input)
    {
        for (ChannelInput? next = input; next is not null; )
        {
            (state, var effects) = state.Next(next, services.Time.GetUtcNow(), times);
            next = null;
            foreach (var effect in effects)
                next = await DoAsync(effect);
        }
    }

    private async Task LeaveAsync()
    {
        await gate.WaitAsync();
        var (job, last) = (state.Job, state.Heard);
        state = state with { Phase = ChannelPhase.Over, Job = null };
        gate.Release();
        dispatch.Remove(this);
        if (timer is not null)
            await timer.DisposeAsync();
        await services.Db.WriteAsync(sql =>
            SlotTable.CloseAsync(sql, runner.Id, slot, Uuid, job is null ? null : new(job.Id), job?.Lease, last)
        );
        if (job is not null)
            dispatch.LookAfter(times.Silence);
    }

    private static RunnerEvent? Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            var said = JsonSerializer.Deserialize(message, Wire.Default.RunnerEvent);
            return said is not null && NullElements.Find(said, Wire.Default.GetTypeInfo(said.GetType())!) is null
                ? said
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    private static ChannelJob Mine(JobRow job) => new(job.Id, job.Uuid, job.Lease!.Value, job.Timeout, job.Started);

    [LoggerMessage(LogLevel.Error, "The channel of the runner {Runner} failed")]
    private partial void LogFailed(Exception e, string runner);

    [LoggerMessage(LogLevel.Information, "The channel of the runner {Runner} was dropped: {Why}")]
    private partial void LogDropped(string runner, string why);
}
