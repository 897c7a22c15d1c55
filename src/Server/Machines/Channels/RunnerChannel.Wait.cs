using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Channels;

/// <summary>How it waits for a job, and is given one or none.</summary>
internal sealed partial class RunnerChannel
{
    private const int PollStandard = 30;
    private const int PollMax = 900;
    private const int FactsMax = 16 << 10;

    private DateTimeOffset pollUntil;
    private string? factsKnown = runner.Facts;
    private (Guid Project, string Token, DateTimeOffset Signed)? pull; // What it got with its last job.

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
        if (isPaddock || !hadAnother)
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
        isPaddock |= facts.Boot is not null;
        var json = JsonSerializer.Serialize(facts, Wire.Default.RunnerFacts);
        if (json == factsKnown || json.Length > FactsMax) return;
        await db.WriteAsync(sql => SlotTable.FactsAsync(sql, runner.Id, facts, json));
        factsKnown = json;
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
            var config = secrets.Join(job.Uuid, job.ParsedConfig, job.Secrets);
            var claim = new Claim(job.Uuid, job.Spec.ToWire(), config, PullToken(job.Project), job.Timeout, job.Created);
            return isPaddock ? claim with { Lease = job.Lease, MessageBytesMax = options.MessageBytesMax, HeartbeatEvery = options.RunnerHeartbeatSeconds } : claim;
        }
        catch (Exception e) when (e is JsonException or FormatException or System.Security.Cryptography.CryptographicException) { return null; } // The key is another one, say.
    }

    // One job after the other is mostly of the same project, and many take less than a second.
    private string PullToken(Guid project)
    {
        var now = time.GetUtcNow();
        if (pull is not { } known || known.Project != project || now - known.Signed >= OciTokens.RunnerReuse) pull = known = (project, images.PullToken(project, runner.Uuid), now);
        return known.Token;
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
}
