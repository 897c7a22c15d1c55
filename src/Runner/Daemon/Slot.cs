using System.Net;
using System.Net.WebSockets;
using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Daemon;

/// <summary>The state that all slots of a runner share.</summary>
/// <param name="Facts">Facts about this runner for servers that accept them.</param>
/// <param name="Drain">Canceled to drain: the slot finishes and delivers its job, and takes no other.</param>
/// <param name="Abort">Canceled to stop the running job at once and deliver its result.</param>
internal sealed record SlotContext(
    Address Address,
    int Slots,
    TimeSpan PollTimeout,
    RunnerFacts Facts,
    Spool Spool,
    Func<int, Claim, LiveOutput?, Func<Task>, CancellationToken, Task<JobOutcome>> Execute,
    bool IsSplit,
    TimeProvider Time,
    CancellationToken Drain,
    CancellationToken Abort
);

/// <summary>One place where one job can run, and its channel. A loop: deliver results, ask for a job, run it.</summary>
internal sealed class Slot(int number, SlotContext context)
{
    private static readonly TimeSpan HeartbeatStandard = TimeSpan.FromSeconds(1),
        AnswerPatience = TimeSpan.FromSeconds(30),
        LastPatience = TimeSpan.FromSeconds(60);

    private const int AttemptsMax = 5,
        HeartbeatSecondsMax = 60;

    private readonly Dictionary<Guid, int> attempts = [];
    private readonly Backoff backoff = new(Random.Shared);
    private Work? work;
    private bool wasConnected;
    private string? said;

    /// <summary>Runs until the runner drains and the slot has nothing left to do.</summary>
    /// <exception cref="ChannelRefusedException">The server refused the very first channel.</exception>
    public async Task RunAsync()
    {
        using var last = new CancellationTokenSource();
        await using var draining = context.Drain.Register(() => _ = LimitAsync(last));
        while (!IsDone)
        {
            try
            {
                // An original server cannot resume a job on a new channel, so the job is finished first.
                if (work is { IsPaddock: false } unheard)
                    await EndAsync(unheard);
                await using var connection = await Connection.OpenAsync(context.Address, number, last.Token);
                Say(
                    $"connected to "
                        + $"{context.Address.Host.Authority}{(connection.IsPaddock ? "" : ", which speaks v0 only")}"
                );
                wasConnected = true;
                await ServeAsync(connection, last.Token);
            }
            catch (ChannelRefusedException e)
                when (!wasConnected
                    && e.Status
                        is HttpStatusCode.BadRequest
                            or HttpStatusCode.Unauthorized
                            or HttpStatusCode.Forbidden
                            or HttpStatusCode.NotFound
                )
            {
                throw;
            }
            catch (Exception e) when (e is ChannelRefusedException or WebSocketException or IOException)
            {
                if (!IsDone)
                    Say($"{e.Message}; trying again");
                await PauseAsync(backoff.Next(), last.Token);
            }
            catch (OperationCanceledException) when (last.IsCancellationRequested)
            {
                Say("the server cannot be reached; undelivered results stay on disk until the next start");
                return;
            }
            // The drain began while the slot waited for a job.
            catch (OperationCanceledException) when (context.Drain.IsCancellationRequested) { }
        }
    }

    private bool IsDone =>
        context.Drain.IsCancellationRequested && work is null && context.Spool.Left(number, context.Slots).Count == 0;

    // A drain does not limit a running job. Once no job runs, the server has a minute to take the results.
    private async Task LimitAsync(CancellationTokenSource last)
    {
        if (work is { } running)
            await Task.WhenAny(running.Outcome);
        try
        {
            last.CancelAfter(LastPatience);
        }
        catch (ObjectDisposedException) { }
    }

    private async Task ServeAsync(Connection connection, CancellationToken ct)
    {
        if (work is { } resumed)
            await HoldAsync(connection, resumed, ct);
        while (true)
        {
            await DeliverAsync(connection, ct);
            if (context.Drain.IsCancellationRequested)
                return;
            if (await AskAsync(connection) is not { } claim)
                continue;
            Take(claim);
            await HoldAsync(connection, work!, ct);
        }
    }

    /// <returns>Null when the server has no job.</returns>
    private async Task<Claim?> AskAsync(Connection connection)
    {
        try
        {
            await connection.SendAsync(
                new Ready((int)context.PollTimeout.TotalSeconds, connection.IsPaddock ? context.Facts : null),
                context.Drain
            );
            while (true)
                switch (await connection.NextAsync(context.PollTimeout + AnswerPatience, context.Drain))
                {
                    case Claim claim:
                        backoff.Reset();
                        return claim;
                    case NoJob:
                        backoff.Reset();
                        return null;
                    case Update:
                        throw new WebSocketException(
                            WebSocketError.Faulted,
                            "the server offers an update of this program; this runner never updates itself"
                        );
                    case Unreadable unreadable:
                        throw new WebSocketException(
                            WebSocketError.Faulted,
                            $"the server sent a message that cannot be read: {unreadable.Why}"
                        );
                    default:
                        break; // A late answer to an earlier event.
                }
        }
        catch (OperationCanceledException)
        {
            // A claim may be in transit. A Paddock server requeues a declined job; an original server would count it as
            // failed.
            await connection.CloseAsync();
            while (connection.TryNext() is { } late)
                if (late is Claim { Lease: not null } declined)
                    context.Spool.Keep(
                        number,
                        declined.Uuid,
                        new Failed(
                            declined.Uuid,
                            [],
                            "The runner is being taken out of service.",
                            declined.Lease,
                            Unstarted: true
                        )
                    );
                else if (late is Claim claim)
                    Take(claim);
            throw;
        }
    }

    private void Take(Claim claim)
    {
        Say($"job {claim.Uuid}: {claim.Config.Image ?? claim.Config.Digest} for {claim.Spec.Name}");
        // The result to deliver if this process is killed from now on. Before the benchmark begins, another runner may
        // still take the job.
        Keep(
            new(
                claim.Uuid,
                [],
                "The runner was stopped before the benchmark began.",
                claim.Lease,
                Unstarted: claim.Lease is null ? null : true
            )
        );
        work = Work.Begin(
            claim,
            (job, live, abort) =>
                context.Execute(
                    number,
                    job,
                    live,
                    () =>
                    {
                        Keep(new(job.Uuid, [], "The runner was stopped while the benchmark ran.", job.Lease));
                        return Task.CompletedTask;
                    },
                    abort
                ),
            context.Abort
        );

        void Keep(Failed failed) => context.Spool.Keep(number, claim.Uuid, failed);
    }

    // Sends heartbeats and handles the server's messages until the job is done.
    private async Task HoldAsync(Connection connection, Work held, CancellationToken ct)
    {
        await connection.SendAsync(new Running(held.Claim.Lease), ct);
        var lastHeard = context.Time.GetTimestamp();
        // Heartbeats are rare if the server allows it, because each disturbs the measurement. Output is sent more often
        // only if benchmarks have their own cores, separate from the runner's.
        var every = held.Claim.HeartbeatEvery is > 0 and var seconds
            ? TimeSpan.FromSeconds(Math.Min(seconds, HeartbeatSecondsMax))
            : HeartbeatStandard;
        var isOften = context.IsSplit && held.Live is not null && held.Claim.OutputEvery < every.TotalSeconds;
        using var beat = new PeriodicTimer(
            isOften ? TimeSpan.FromSeconds(held.Claim.OutputEvery!.Value) : every,
            context.Time
        );
        var lastBeat = lastHeard;
        var (tick, words) = (beat.WaitForNextTickAsync(ct).AsTask(), connection.SaysSomethingAsync(ct));
        while (!held.Outcome.IsCompleted)
        {
            await Task.WhenAny(held.Outcome, words, tick);
            if (words.IsCompleted)
            {
                await words;
                lastHeard = context.Time.GetTimestamp();
                while (connection.TryNext() is { } next)
                    if (next is Cancel cancel && (cancel.Job ?? held.Claim.Uuid) == held.Claim.Uuid)
                        Cancel(held);
                words = connection.SaysSomethingAsync(ct);
            }
            if (!tick.IsCompleted || held.Outcome.IsCompleted)
                continue;
            await tick;
            tick = beat.WaitForNextTickAsync(ct).AsTask();
            if (connection.IsOwedAnswer && context.Time.GetElapsedTime(lastHeard) > AnswerPatience)
                throw new WebSocketException(
                    WebSocketError.Faulted,
                    $"the server was silent for {AnswerPatience.TotalSeconds:0} s"
                );
            var output = held.Live?.Take();
            if (output is null && isOften && context.Time.GetElapsedTime(lastBeat) < every)
                continue;
            lastBeat = context.Time.GetTimestamp();
            await connection.SendAsync(new Heartbeat(held.Claim.Lease, output), ct);
        }
        await EndAsync(held);
    }

    private void Cancel(Work held)
    {
        Say($"job {held.Claim.Uuid}: canceled by the server");
        held.Cancel();
    }

    private async Task EndAsync(Work done)
    {
        var end = await done.EndAsync();
        context.Spool.Keep(number, done.Claim.Uuid, end.WriteTo);
        Say($"job {done.Claim.Uuid}: {end.Word}");
        work = null;
        done.Dispose();
    }

    private async Task DeliverAsync(Connection connection, CancellationToken ct)
    {
        foreach (var (slot, job, file) in context.Spool.Left(number, context.Slots))
        {
            // A server that drops the channel on every attempt will never accept this result. Setting it aside unblocks
            // the next job.
            if ((attempts[job] = attempts.GetValueOrDefault(job) + 1) > AttemptsMax)
            {
                Say(
                    $"job {job}: the server dropped the channel {AttemptsMax} times instead of accepting its result, "
                        + $"which was moved to {context.Spool.SetAside(slot, job)}"
                );
                continue;
            }
            var ticket = await connection.SendFileAsync(file, ct);
            while (!connection.IsAnswered(ticket))
                await connection.NextAsync(AnswerPatience, ct);
            context.Spool.Forget(slot, job);
            attempts.Remove(job);
            backoff.Reset();
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken ct)
    {
        try
        {
            await Task.Delay(pause, context.Time, context.Drain.IsCancellationRequested ? ct : context.Drain);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { }
    }

    private void Say(string text)
    {
        if (said != text)
            Log.Line(context.Slots > 1 ? $"slot {number}: {text}" : text); // An hour without a server logs one line.
        said = text;
    }
}
