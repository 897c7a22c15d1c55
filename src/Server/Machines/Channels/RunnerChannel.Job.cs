using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Channels;

/// <summary>What is said about the job that it has.</summary>
internal sealed partial class RunnerChannel
{
    /// <summary>What it carries out.</summary>
    private sealed record Held(long Id, Guid Uuid, Guid Lease, int Timeout, DateTimeOffset? Started)
    {
        public byte[] Ack { get; } = JsonSerializer.SerializeToUtf8Bytes(new Ack(Uuid), Wire.Default.ServerEvent); // Said often.
        public bool IsCanceled { get; set; }
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
        return socket.SendAsync(new Cancel(isPaddock ? job.Uuid : null));
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

    private async Task<bool> ResumeAsync(Guid lease, bool starts)
    {
        var (outcome, job) = await hear.ResumeAsync(runner.Id, lease);
        if (outcome == Heard.Stop) return await socket.SendAsync(new Cancel());
        if (job is null || job.Slot != slot) return await socket.SendAsync(new Ack(job?.Uuid));
        Take(job);
        return starts ? await StartedAsync(held!, lease) : await BeatAsync(held!, lease);
    }

    /// <summary>The job is no longer its own, whoever decided that: it is told at once where it understands that, else at its next heartbeat.</summary>
    public async Task NotHeldAsync(long jobId)
    {
        await gate.WaitAsync();
        try
        {
            if (held is not { IsCanceled: false } job || job.Id != jobId) return;
            // What another server says may be about the time before: the job went back to the queue, and came to this slot again.
            if (await hear.IsHeldAsync(jobId, job.Lease)) return;
            job.IsCanceled = true;
            if (isPaddock) await socket.SendAsync(new Cancel(job.Uuid));
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
}
