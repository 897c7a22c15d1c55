using System.Collections.Concurrent;
using System.Net.WebSockets;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Channels;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// Matches waiting jobs with waiting runners, without polling. A runner that asks makes one claim attempt. A new job,
/// on this server or another one of the same database, wakes one waiting runner for another attempt. If a wake-up is
/// lost, <see cref="Sweep"/> finds the job.
/// </summary>
internal sealed partial class Dispatcher(
    Db db,
    ProcessJob process,
    NamesAhead ahead,
    LongRuns longRuns,
    JobOutputs outputs,
    JobSecrets secrets,
    JobWatch watch,
    JobOptions options,
    TimeProvider time,
    OutageLog outages,
    IHostApplicationLifetime lifetime,
    ILogger<Dispatcher> log
) : IHostedService, IAsyncDisposable
{
    private readonly ConcurrentDictionary<(Id<Runner> RunnerId, int Slot), RunnerChannel> channels = [];
    private readonly Waiters waiters = new();
    private Sweep? sweep;

    public bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <inheritdoc cref="RunnerLiveness.SeenSince"/>
    public DateTimeOffset SeenSince => RunnerLiveness.SeenSince(time.GetUtcNow(), options.HeartbeatTimeout);

    /// <summary>The channels that are open on this server.</summary>
    public ICollection<RunnerChannel> Channels => channels.Values;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // SQLite has only this one server, so no channel recorded as open can still be open.
        if (db.Engine == Engine.Sqlite)
            await db.WriteAsync(async sql =>
            {
                await sql.ExecuteAsync(
                    $"UPDATE runners SET {RunnerTable.Revised} WHERE id IN (SELECT runner_id FROM runner_slots WHERE "
                        + $"channel IS NOT NULL)"
                );
                await sql.ExecuteAsync($"UPDATE runner_slots SET channel = NULL WHERE channel IS NOT NULL");
            });
        db.Signaled += OnSignal;
        db.SignalsMissed += OnMissed;
        await db.ListenAsync();
        lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var channel in Channels)
                Run(() => channel.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "server shutting down"));
        });
        sweep = new(db, this, process, ahead, longRuns, outputs, secrets, options, outages, time, log);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        db.Signaled -= OnSignal;
        db.SignalsMissed -= OnMissed;
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref sweep, null) is { } last)
            await last.DisposeAsync();
    }

    public void Add(RunnerChannel channel)
    {
        RunnerChannel? before = null;
        channels.AddOrUpdate((channel.RunnerId, channel.Slot), channel, (_, other) =>
        {
            before = other;
            return channel;
        });
        // The signal of a newer channel may have arrived before this channel was added.
        if (before is { } old)
            Run(() => CloseOtherAsync(old, channel));
        // The runner may have been archived, or its key replaced, since it was admitted.
        Run(() => ReviewAsync(channel));
    }

    public void Remove(RunnerChannel channel)
    {
        waiters.Leave(channel);
        channels.TryRemove(new((channel.RunnerId, channel.Slot), channel));
    }

    /// <summary>Puts the channel in the queue and starts a claim attempt for it.</summary>
    public void Ask(RunnerChannel channel) => Attempt(waiters.Join(channel), signal: null);

    /// <summary>Takes the channel out of the queue.</summary>
    /// <returns>False while a claim attempt runs; the channel calls again when the attempt has ended.</returns>
    public bool Withdraw(RunnerChannel channel) => waiters.TryLeave(channel);

    /// <summary>Takes the channel out of the queue even while a claim attempt runs.</summary>
    public void Forget(RunnerChannel channel) => waiters.Leave(channel);

    /// <summary>
    /// Reserves a channel that waits for jobs of the spec. The caller claims for the channel, then calls
    /// <see cref="Settle"/>.
    /// </summary>
    public Waiter? Reserve(Id<Spec> specId) => waiters.Reserve(specId);

    /// <summary>Ends a reservation.</summary>
    /// <param name="outcome">The result of the claim; null when no claim was tried or it was rolled back. The channel
    /// then makes a claim attempt itself.</param>
    public void Settle(Waiter reserved, ClaimOutcome? outcome) =>
        Run(() => ClaimAsync(reserved, signal: null, outcome));

    /// <summary>Wakes a runner for waiting jobs of the spec, in case a wake-up was lost.</summary>
    public void Wake(Id<Spec> specId) => Wake(AnyOf(specId));

    /// <summary>
    /// Schedules a sweep for when a runner that disconnected with a job has had its time to come back.
    /// </summary>
    public void LookAfter(TimeSpan delay) => sweep?.After(delay);

    private static Signal.Job AnyOf(Id<Spec> specId) =>
        new(default, Guid.Empty, JobStatus.Pending, default, specId, RunnerId: null);

    private void Wake(Signal.Job job) => Attempt(waiters.Wake(job), job);

    private void Attempt(Waiter? waiter, Signal.Job? signal)
    {
        if (waiter is not null)
            Run(() => ClaimAsync(waiter, signal));
    }

    private async Task ClaimAsync(Waiter waiter, Signal.Job? signal, ClaimOutcome? outcome = null)
    {
        try
        {
            while (true)
            {
                var channel = waiter.Channel;
                var (job, specIds) = outcome
                    ?? await db.WriteAsync(sql => ClaimJob.RunAsync(sql, waiter.Claimant, options, time.GetUtcNow()));
                outcome = null;
                var missed = waiters.Ended(waiter, specIds, found: job is not null);
                if (job is null && missed.Count > 0)
                {
                    signal = missed[^1];
                    continue;
                }
                // Passes missed wake-ups on: other channels may take these jobs.
                foreach (var other in missed)
                    Wake(other);
                if (
                    signal is { SpecId.Value: > 0 }
                    && (job is null ? !specIds.Contains(signal.SpecId) : job.Id != signal.JobId)
                )
                    Wake(signal);
                if (job is { Claimed: { } claimed })
                    Meters.JobWait.Record(
                        (claimed - job.Created).TotalSeconds,
                        new KeyValuePair<string, object?>("spec", job.Spec.Slug)
                    );
                if (job is not null)
                    await channel.GiveAsync(job);
                else
                    await channel.CheckWaitAsync();
                return;
            }
        }
        catch
        {
            waiters.Failed(waiter);
            await waiter.Channel.CheckWaitAsync(); // The runner's poll may have timed out meanwhile.
            throw;
        }
    }

    // Runs on the thread that wrote to the database, so it must not block.
    private void OnSignal(string text)
    {
        switch (Signal.Parse(text))
        {
            case Signal.Job job:
                watch.Tell(job);
                OnJob(job);
                break;
            case Signal.Wrote wrote:
                watch.Tell(wrote);
                break;
            case Signal.Runner runner:
                foreach (var channel in OfRunner(runner.RunnerId))
                    Run(() => ReviewAsync(channel));
                break;
            case Signal.Opened opened
                when channels.TryGetValue((opened.RunnerId, opened.Slot), out var channel)
                    && channel.Uuid != opened.Channel:
                Run(() => CloseAsync(channel));
                break;
        }
    }

    // Of two channels for the same slot, closes the channel that is not in the table.
    private async Task CloseOtherAsync(RunnerChannel before, RunnerChannel after)
    {
        var served = await db.ReadAsync(
            sql => SlotTable.ChannelAsync(sql, after.RunnerId, after.Slot),
            CancellationToken.None
        );
        await CloseAsync(served == before.Uuid ? after : before);
    }

    private static Task CloseAsync(RunnerChannel channel) =>
        channel.CloseAsync(WebSocketCloseStatus.PolicyViolation, "another connection has taken this slot");

    private void OnMissed()
    {
        sweep?.Soon();
        watch.EndAll();
    }

    private void OnJob(Signal.Job job)
    {
        if (job.Status is JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled)
            Meters.JobEnds.Add(1, new KeyValuePair<string, object?>("status", Words<JobStatus>.Of(job.Status)));
        if (job.Status == JobStatus.Pending)
            Wake(job);
        if (job.Status is JobStatus.Claimed or JobStatus.Running)
            return;
        if (job.RunnerId is { } runner)
            foreach (var channel in OfRunner(runner))
            {
                if (job.Status is JobStatus.Canceled or JobStatus.Pending && channel.Work?.JobId == job.JobId)
                    Run(() => channel.NotHeldAsync(job.JobId));
                else
                    // The end of a job may have freed the channel's slot.
                    Attempt(waiters.PokeBlocked(channel), signal: null);
            }
        if (options.PerOrganizationMax is not null || options.PerAddressMax is not null)
            sweep?.Soon(); // The end of a job may put its organization or address back under its limit.
    }

    private async Task ReviewAsync(RunnerChannel channel)
    {
        var row = await db.ReadAsync(sql => RunnerTable.FindAsync(sql, channel.RunnerId), CancellationToken.None);
        if (row is null || row.Archived is not null || row.KeyHash != channel.KeyHash)
            await channel.RetireAsync();
        else
            // The runner may serve more specs now, or have been taken out of maintenance.
            Attempt(waiters.Poke(channel), signal: null);
    }

    private IEnumerable<RunnerChannel> OfRunner(Id<Runner> runnerId) =>
        channels.Values.Where(channel => channel.RunnerId == runnerId);

    private void Run(Func<Task> work) =>
        _ = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e) when (!IsStopping)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            } // The next sweep tries again.
            catch (Exception) { }
        });

    [LoggerMessage(LogLevel.Error, "Dispatching jobs to runners failed in one step; the next sweep tries again")]
    private partial void LogFailed(Exception e);
}
