using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Jobs;

namespace Paddock.Server.Runners;

/// <summary>
/// A runner's connection for one of its slots, as docs/channel.md has it. It is idle, waits for a job, or is busy with one; every message is answered before the
/// next is read. Whatever changes its state holds the gate.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its gate has no handle to free, and late signals still come to it.")]
internal sealed partial class RunnerChannel(
    RunnerRow runner, int slot, bool isSlotNamed, ChannelSocket socket, Db db, Dispatch dispatch, HearRunner hear, JobImages images, JobOptions options, TimeProvider time,
    ILogger<RunnerChannel> log)
{
    private const int PollStandard = 30;
    private const int PollMax = 900;
    private const int FactsMax = 16 << 10;

    private enum Phase { Idle, Waiting, Busy, Over }

    /// <summary>What it carries out.</summary>
    private sealed record Held(long Id, Guid Uuid, Guid Lease, int Timeout, DateTimeOffset? Started)
    {
        public byte[] Ack { get; } = JsonSerializer.SerializeToUtf8Bytes(new Ack(Uuid), Wire.Default.ServerEvent); // Said once a second.
        public bool IsCanceled { get; set; }
    }

    private readonly SemaphoreSlim gate = new(1, 1);
    private ITimer? timer;
    private Phase phase = Phase.Idle;
    private Held? held;
    private long heardTicks; // The last message that counts; others look at it too.
    private DateTimeOffset pollUntil;
    private string? factsKnown = runner.Facts;
    private bool isOurs = isSlotNamed;
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

    private async Task<bool> BeatAsync(Held job, Guid? lease)
    {
        if (lease is { } given && given != job.Lease) return await socket.SendAsync(job.Ack);
        LastHeard = time.GetUtcNow();
        if (!job.IsCanceled && HearRunner.IsTooLong(job.Started, job.Timeout, options, LastHeard))
        {
            await hear.TimedOutAsync(job.Id, job.Lease);
            job.IsCanceled = true;
        }
        return await (job.IsCanceled ? StopAsync(job) : socket.SendAsync(job.Ack));
    }

    private async Task<bool> StartedAsync(Held job, Guid? lease)
    {
        if (lease is { } given && given != job.Lease) return await socket.SendAsync(job.Ack);
        LastHeard = time.GetUtcNow();
        if (await hear.RunningAsync(runner.Id, job.Uuid, job.Lease) == Heard.Stop) return await StopAsync(job);
        if (job.Started is null) held = job with { Started = LastHeard };
        return await socket.SendAsync(job.Ack);
    }

    // The server is done with the job; what the runner says of it from now on is late.
    private Task<bool> StopAsync(Held job)
    {
        Rest();
        return socket.SendAsync(new Cancel(isOurs ? job.Uuid : null));
    }

    private async Task<bool> EndedAsync(Guid job, Guid? lease, Heard outcome)
    {
        if (outcome == Heard.Breach)
        {
            LogDropped(runner.Name, "it told an end that its job cannot have");
            return false;
        }
        if (held is { } mine && mine.Uuid == job && (lease is null || lease == mine.Lease)) Rest();
        return await socket.SendAsync(new Ack(job));
    }

    private async Task<bool> ReadyAsync(Ready ready)
    {
        var seconds = ready.PollTimeout ?? PollStandard;
        if (seconds is < 1 or > PollMax)
        {
            LogDropped(runner.Name, $"it wants to wait {seconds} seconds; allowed are 1 to {PollMax}");
            return false;
        }
        if (ready.Runner is { } facts) await LearnAsync(facts);
        // Who is ready has no job. Only an original that has opened a second connection may have one on the first.
        if (isOurs || !hadAnother)
        {
            await db.WriteAsync(async sql =>
            {
                if (await SlotTable.JobAsync(sql, runner.Id, slot) is { } lost)
                    await HearRunner.LoseAsync(sql, lost, $"The runner \"{runner.Name}\" came back without it.", options, time.GetUtcNow());
            });
        }
        pollUntil = time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        Enter(Phase.Waiting, TimeSpan.FromSeconds(seconds));
        return true;
    }

    private async Task LearnAsync(RunnerFacts facts)
    {
        Sandboxes = facts.Sandboxes;
        isOurs |= facts.Boot is not null;
        var json = JsonSerializer.Serialize(facts, Wire.Default.RunnerFacts);
        if (json == factsKnown || json.Length > FactsMax) return;
        await db.WriteAsync(sql => SlotTable.FactsAsync(sql, runner.Id, facts, json));
        factsKnown = json;
    }

    private async Task<bool> ResumeAsync(Guid lease, bool starts)
    {
        var (outcome, job) = await hear.ResumeAsync(runner.Id, lease);
        if (outcome == Heard.Stop) return await socket.SendAsync(new Cancel());
        if (job is null || job.Slot != slot) return await socket.SendAsync(new Ack(job?.Uuid));
        Take(job);
        return starts ? await StartedAsync(held!, lease) : await BeatAsync(held!, lease);
    }

    /// <summary>A job that was claimed for it. One that it cannot be given any more goes back to the queue.</summary>
    public async Task GiveAsync(JobRow job)
    {
        await gate.WaitAsync();
        try
        {
            if (phase == Phase.Waiting && Message(job) is { } message)
            {
                Take(job);
                if (await socket.SendAsync(message)) return;
                Rest();
                socket.Drop();
            }
            if (Message(job) is not null) await hear.ReturnAsync(job.Id, job.Lease!.Value);
            else await hear.UnreadableAsync(job.Id, job.Lease!.Value);
        }
        finally { gate.Release(); }
        if (phase == Phase.Waiting) dispatch.Ask(this);
    }

    private Claim? Message(JobRow job)
    {
        try
        {
            var config = job.ParsedConfig;
            return new(job.Uuid, job.Spec.ToWire(), config, images.PullToken(job.Project, runner.Uuid), job.Timeout, job.Created, isOurs ? job.Lease : null, isOurs ? options.MessageBytesMax : null);
        }
        catch (JsonException) { return null; }
    }

    /// <summary>The job is no longer its own, whoever decided that: it is told at once where it understands that, else at its next heartbeat.</summary>
    public async Task NotHeldAsync(long jobId)
    {
        await gate.WaitAsync();
        try
        {
            if (held is not { IsCanceled: false } job || job.Id != jobId) return;
            job.IsCanceled = true;
            if (isOurs) await socket.SendAsync(new Cancel(job.Uuid));
        }
        finally { gate.Release(); }
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

    /// <summary>Whether it may wait longer; where not, it is told that there is no job.</summary>
    public async Task CheckWaitAsync()
    {
        await gate.WaitAsync();
        try
        {
            if (phase != Phase.Waiting) return;
            if (pollUntil - time.GetUtcNow() is var left && left > TimeSpan.Zero)
            {
                timer?.Change(left, Timeout.InfiniteTimeSpan); // Timers may fire a little early.
                return;
            }
            if (!dispatch.Withdraw(this)) return; // Asked again at the end of the attempt.
            LastHeard = time.GetUtcNow();
            Enter(Phase.Idle, options.HeartbeatTimeout);
            if (!await socket.SendAsync(new NoJob())) socket.Drop();
        }
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

    private async Task SilentAsync(Held job)
    {
        var status = await hear.LostAsync(job.Id, job.Lease, $"The runner \"{runner.Name}\" was silent for {options.HeartbeatTimeout.TotalSeconds} seconds.");
        Rest();
        await EndAsync(WebSocketCloseStatus.NormalClosure, status == JobStatus.Canceled ? "\"job_timeout_exceeded\"" : "\"heartbeat_timeout\"");
    }

    private void Take(JobRow job)
    {
        LastHeard = time.GetUtcNow();
        held = new(job.Id, job.Uuid, job.Lease!.Value, job.Timeout, job.Started);
        Enter(Phase.Busy, options.HeartbeatTimeout);
    }

    private void Rest()
    {
        held = null;
        LastHeard = time.GetUtcNow();
        if (phase == Phase.Busy) Enter(Phase.Idle, options.HeartbeatTimeout);
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
        try { return JsonSerializer.Deserialize(message, Wire.Default.RunnerEvent); }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException) { return null; }
    }

    [LoggerMessage(LogLevel.Error, "The channel of the runner {Runner} failed")]
    private partial void LogFailed(Exception e, string runner);

    [LoggerMessage(LogLevel.Information, "The channel of the runner {Runner} was dropped: {Why}")]
    private partial void LogDropped(string runner, string why);
}
