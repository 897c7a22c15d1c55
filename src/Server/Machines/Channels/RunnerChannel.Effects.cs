using System.Security.Cryptography;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Channels;

/// <summary>The services that all channels of a server share.</summary>
internal sealed record ChannelServices(
    Db Db,
    HearRunner Hear,
    JobImages Images,
    JobSecrets Secrets,
    JobOptions Options,
    OutageLog Outages,
    TimeProvider Time
);

/// <summary>Carries out the effects that <see cref="ChannelLife"/> decided on.</summary>
internal sealed partial class RunnerChannel
{
    private const int FactsMax = 16 << 10;
    private const int OutputMax = 64 << 10;
    private static readonly TimeSpan OutputPause = TimeSpan.FromSeconds(0.5);
    private DateTimeOffset wroteLast;

    private (Guid Project, string Token, DateTimeOffset Signed)? pull; // The pull token sent with the last job.

    /// <returns>The effect's result as the next input, or null when it has none.</returns>
    private async Task<ChannelInput?> DoAsync(ChannelEffect effect)
    {
        switch (effect)
        {
            case ChannelEffect.Send send:
                if (!await socket.SendAsync(send.Event))
                    socket.Drop();
                return null;
            case ChannelEffect.Wake wake:
                timer?.Change(wake.After, Timeout.InfiniteTimeSpan);
                return null;
            case ChannelEffect.End end:
                dispatch.Forget(this);
                await socket.CloseAsync(end.Status, end.Reason);
                return null;
            case ChannelEffect.Drop drop:
                if (drop.Why is { } why)
                    LogDropped(runner.Name, why);
                socket.Drop();
                return null;
            case ChannelEffect.Learn learn:
                await LearnAsync(learn.Facts);
                return null;
            case ChannelEffect.LoseLeftover leftover:
                await LoseLeftoverAsync(leftover.IfServerIsGone);
                return null;
            case ChannelEffect.Wrote wrote:
                await KeepAsync(wrote);
                return null;
            case ChannelEffect.TimeOut late:
                await services.Hear.TimedOutAsync(new(late.Job.Id), late.Job.Lease);
                return null;
            case ChannelEffect.Return back:
                await services.Hear.ReturnAsync(new(back.Job.Id), back.Job.Lease);
                return null;
            case ChannelEffect.Refuse refuse:
                await services.Hear.UnreadableAsync(new(refuse.Job.Id), refuse.Job.Lease);
                return null;
            default:
                return await AskAsync(effect);
        }
    }

    private async Task<ChannelInput?> AskAsync(ChannelEffect effect)
    {
        switch (effect)
        {
            case ChannelEffect.Hand hand:
                return await socket.SendAsync(hand.Message) ? null : new ChannelInput.Unsent(hand.Job);
            case ChannelEffect.Withdraw:
                // While a claim attempt runs, the answer is null; the channel checks again when the attempt ends.
                return dispatch.Withdraw(this) ? new ChannelInput.Withdrawn() : null;
            case ChannelEffect.Start start:
                return new ChannelInput.Started(
                    start.Job,
                    await services.Hear.RunningAsync(runner.Id, start.Job.Uuid, start.Job.Lease)
                );
            case ChannelEffect.Resume resume:
                var (heard, job) = await services.Hear.ResumeAsync(runner.Id, resume.Lease);
                return new ChannelInput.Resumed(
                    resume.Starts,
                    heard,
                    job is null ? null : Mine(job),
                    job?.Slot == slot
                );
            case ChannelEffect.Lose lose:
                var reason = $"The runner \"{runner.Name}\" was silent for {times.Silence.TotalSeconds} seconds.";
                return new ChannelInput.Lost(await services.Hear.LostAsync(new(lose.Job.Id), lose.Job.Lease, reason));
            case ChannelEffect.Finish { Event: Completed completed }:
                return new ChannelInput.Ended(
                    completed.Job,
                    completed.Lease,
                    await services.Hear.CompletedAsync(runner.Id, completed)
                );
            case ChannelEffect.Finish { Event: Failed failed }:
                return new ChannelInput.Ended(
                    failed.Job,
                    failed.Lease,
                    await services.Hear.FailedAsync(runner.Id, failed)
                );
            case ChannelEffect.Finish { Event: Canceled canceled }:
                return new ChannelInput.Ended(
                    canceled.Job,
                    canceled.Lease,
                    await services.Hear.CanceledAsync(runner.Id, canceled)
                );
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "This effect is not implemented.");
        }
    }

    // Limited to the rate at which a Paddock runner sends output: each call is a database transaction.
    private async Task KeepAsync(ChannelEffect.Wrote wrote)
    {
        var now = services.Time.GetUtcNow();
        if (now - wroteLast < OutputPause || wrote.Output.Length > OutputMax)
            return;
        wroteLast = now;
        await services.Hear.WroteAsync(new(wrote.Job.Id), wrote.Job.Uuid, wrote.Job.Lease, wrote.Output);
    }

    private async Task LearnAsync(RunnerFacts facts)
    {
        (Sandboxes, KnowsPairs) = (facts.Sandboxes, facts.Pairs is true);
        var json = JsonSerializer.Serialize(facts, Wire.Default.RunnerFacts);
        if (json == factsKnown || json.Length > FactsMax)
            return;
        await services.Db.WriteAsync(sql => SlotTable.FactsAsync(sql, runner.Id, facts, json));
        factsKnown = json;
    }

    private Task LoseLeftoverAsync(bool ifServerIsGone) =>
        services.Db.WriteAsync(async sql =>
        {
            if (ifServerIsGone && (otherServer is not { } other || await sql.IsServerUpAsync(other)))
                return;
            if (await SlotTable.JobAsync(sql, runner.Id, slot) is not { } lost)
                return;
            var reason = $"The runner \"{runner.Name}\" reconnected without this job.";
            await HearRunner.LoseAsync(sql, lost, reason, services.Options, services.Time.GetUtcNow());
        });

    private Claim? Message(JobRow job)
    {
        try
        {
            var config = services.Secrets.Join(job.Uuid, job.ParsedConfig, job.Secrets);
            var claim = new Claim(
                job.Uuid,
                job.Spec.ToWire(),
                config,
                PullToken(job.Project),
                job.Timeout,
                job.Created
            );
            return state.IsPaddock
                ? claim with
                {
                    Lease = job.Lease,
                    MessageBytesMax = services.Options.MessageBytesMax,
                    HeartbeatEvery = services.Options.RunnerHeartbeatSeconds,
                    OutputEvery = services.Options.RunnerOutputSeconds,
                }
                : claim;
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException)
        {
            return null;
        } // For example, the encryption key has changed.
    }

    // A pull token is reused for a short time: consecutive jobs are mostly of the same project, and many take less than
    // a second.
    private string PullToken(Guid project)
    {
        var now = services.Time.GetUtcNow();
        if (pull is not { } known || known.Project != project || now - known.Signed >= OciTokens.RunnerReuse)
            pull = known = (project, services.Images.PullToken(project, runner.Uuid), now);
        return known.Token;
    }
}
