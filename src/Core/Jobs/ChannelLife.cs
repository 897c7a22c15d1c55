using System.Collections.Immutable;
using System.Net.WebSockets;
using Paddock.Core.Wire;
using static Paddock.Core.Jobs.ChannelEffect;
using static Paddock.Core.Jobs.ChannelInput;

namespace Paddock.Core.Jobs;

/// <summary>The new state of a channel, and the effects to carry out.</summary>
public readonly record struct ChannelStep(ChannelState State, ImmutableArray<ChannelEffect> Effects);

/// <summary>
/// The state machine of a runner's channel, as described in docs/channel.md. It alone decides which messages a runner
/// is sent.
/// </summary>
public static class ChannelLife
{
    /// <summary>How many seconds a runner waits for a job if it does not name a poll timeout.</summary>
    public const int PollStandard = 30;

    public const int PollMax = 900;

    private const string NotWanted = "the runner was archived or got a new key";

    public static ChannelStep Next(this ChannelState state, ChannelInput input, DateTimeOffset now, ChannelTimes times)
    {
        if (state.Phase == ChannelPhase.Over)
            return state.OnceOver(input);
        var step = new Moment(state, now, times).After(input);
        return step.State is { IsLast: true, Phase: ChannelPhase.Idle or ChannelPhase.Waiting }
            ? End(step.State, step.Effects, WebSocketCloseStatus.PolicyViolation, NotWanted)
            : step;
    }

    // A job may have been claimed for the channel while it closed; the job is returned or refused. Ignores everything
    // else.
    private static ChannelStep OnceOver(this ChannelState state, ChannelInput input) =>
        input switch
        {
            Given { Message: null } given => new(state, [new Refuse(given.Job)]),
            Given given => new(state, [new Return(given.Job)]),
            _ => new(state, []),
        };

    private static ChannelStep End(
        ChannelState state,
        ImmutableArray<ChannelEffect> before,
        WebSocketCloseStatus status,
        string reason
    ) => new(state with { Phase = ChannelPhase.Over }, [.. before, new End(status, reason)]);

    private readonly record struct Moment(ChannelState State, DateTimeOffset Now, ChannelTimes Times)
    {
        private ChannelStep Same => new(State, []);

        public ChannelStep After(ChannelInput input) =>
            input switch
            {
                Said said => OnSaid(said.Event),
                Tick => OnTick(),
                Given given => OnGiven(given),
                Revoked revoked => OnRevoked(revoked.Lease),
                Retired => new(State with { IsLast = true }, []),
                Closed closed => End(State, [], closed.Status, closed.Reason),
                Started started => OnStarted(started),
                Resumed resumed => OnResumed(resumed),
                Ended ended => OnEnded(ended),
                Lost lost => End(
                    State with
                    {
                        Job = null,
                        Heard = Now,
                    },
                    [],
                    WebSocketCloseStatus.NormalClosure,
                    lost.Status == JobStatus.Canceled ? "\"job_timeout_exceeded\"" : "\"heartbeat_timeout\""
                ),
                Withdrawn => State.Phase == ChannelPhase.Waiting ? Rest(new Send(new NoJob())) : Same,
                Unsent unsent => Rest(new Drop(null), new Return(unsent.Job)),
                _ => throw new ArgumentOutOfRangeException(
                    nameof(input),
                    input,
                    "Not something that happens to a channel."
                ),
            };

        private ChannelStep OnSaid(RunnerEvent? said) =>
            (State.Phase, State.Job, said) switch
            {
                (ChannelPhase.Waiting, _, _) => Same, // Messages are ignored while the runner waits.
                (ChannelPhase.Busy, _, null) => Same,
                (_, _, null) => new(State, [new Drop("the runner sent a message that is not part of the protocol")]),
                (ChannelPhase.Busy, { } job, Ready) => new(State, [new Send(new Ack(job.Uuid))]),
                (ChannelPhase.Busy, { } job, Heartbeat beat) => Beat(job, beat.Lease, beat.Output),
                (ChannelPhase.Busy, { } job, Running running) => OnRunning(job, running.Lease),
                (_, _, Ready ready) => OnReady(ready),
                (_, _, Heartbeat { Lease: { } lease }) => new(Noted, [new Resume(lease, Starts: false)]),
                (_, _, Running { Lease: { } lease }) => new(Noted, [new Resume(lease, Starts: true)]),
                (_, _, Completed or Failed or Canceled) => new(Noted, [new Finish(said)]),
                _ => new(Noted, []), // Without a lease, the message matches no job.
            };

        private ChannelState Noted => State with { Heard = Now };

        private ChannelStep OnReady(Ready ready)
        {
            var seconds = ready.PollTimeout ?? PollStandard;
            if (seconds is < 1 or > PollMax)
                return new(Noted, [new Drop($"the runner asked to wait {seconds} seconds; allowed: 1 to {PollMax}")]);
            var wait = TimeSpan.FromSeconds(seconds);
            var isPaddock = State.IsPaddock || ready.Runner?.Boot is not null;
            var next = Noted with { Phase = ChannelPhase.Waiting, WaitsUntil = Now + wait, IsPaddock = isPaddock };
            ImmutableArray<ChannelEffect> learn = ready.Runner is { } facts ? [new Learn(facts)] : [];
            // A runner that says Ready has no job. Only an original runner with a second connection may have a job on
            // the first.
            var lose = new LoseLeftover(IfServerIsGone: !isPaddock && State.IsShared);
            return new(next, [.. learn, lose, new Wake(wait)]);
        }

        private ChannelStep Beat(ChannelJob job, Guid? lease, string? output = null)
        {
            if (lease is { } given && given != job.Lease)
                return new(State, [new Send(new Ack(job.Uuid))]);
            if (job.IsCanceled)
                return Stop(job);
            if (JobLife.IsTooLong(job.Started, job.Timeout, Times.Grace, Now))
                return Stop(job, new TimeOut(job));
            ImmutableArray<ChannelEffect> wrote = string.IsNullOrEmpty(output) ? [] : [new Wrote(job, output)];
            return new(Noted, [.. wrote, new Send(new Ack(job.Uuid))]);
        }

        private ChannelStep OnRunning(ChannelJob job, Guid? lease) =>
            lease is { } given && given != job.Lease
                ? new(State, [new Send(new Ack(job.Uuid))])
                : new(Noted, [new Start(job)]);

        private ChannelStep OnStarted(Started started) =>
            started.Heard == Heard.Stop
                ? Stop(started.Job)
                : new(
                    State with
                    {
                        Job = started.Job with { Started = started.Job.Started ?? State.Heard },
                    },
                    [new Send(new Ack(started.Job.Uuid))]
                );

        private ChannelStep OnResumed(Resumed resumed)
        {
            if (resumed.Heard == Heard.Stop)
                return new(State, [new Send(new Cancel())]);
            if (resumed.Job is not { } job || !resumed.IsHere)
                return new(State, [new Send(new Ack(resumed.Job?.Uuid))]);
            var taken = Take(job);
            var then = new Moment(taken.State, Now, Times);
            var step = resumed.Starts ? then.OnRunning(job, job.Lease) : then.Beat(job, job.Lease);
            return new(step.State, [.. taken.Effects, .. step.Effects]);
        }

        private ChannelStep OnEnded(Ended ended)
        {
            if (ended.Heard == Heard.Breach)
                return new(State, [new Drop("the runner reported an end that its job cannot have")]);
            var ack = new Send(new Ack(ended.Job));
            return State.Job?.Is(ended.Job, ended.Lease) is true ? Rest(ack) : new(State, [ack]);
        }

        private ChannelStep OnGiven(Given given)
        {
            if (given.Message is not { } message)
                return new(State, [new Refuse(given.Job)]);
            if (State.Phase != ChannelPhase.Waiting)
                return new(State, [new Return(given.Job)]);
            var taken = Take(given.Job);
            return new(taken.State, [.. taken.Effects, new Hand(given.Job, message)]);
        }

        private ChannelStep OnRevoked(Guid lease)
        {
            if (State.Job is not { IsCanceled: false } job || job.Lease != lease)
                return Same;
            return new(
                State with
                {
                    Job = job with { IsCanceled = true },
                },
                State.IsPaddock ? [new Send(new Cancel(job.Uuid))] : []
            ); // An original runner only understands a cancel as the answer to a heartbeat.
        }

        private ChannelStep OnTick()
        {
            var until = State.Phase == ChannelPhase.Waiting ? State.WaitsUntil : State.Heard + Times.Silence;
            if (until > Now)
                return new(State, [new Wake(until - Now)]); // A timer may fire a little early.
            return (State.Phase, State.Job) switch
            {
                (ChannelPhase.Waiting, _) => new(State, [new Withdraw()]),
                (ChannelPhase.Busy, { } job) => new(State, [new Lose(job)]),
                _ => new(State, [new Drop("the runner was silent for too long")]),
            };
        }

        // The server is done with the job. Later messages of the runner about the job are stale.
        private ChannelStep Stop(ChannelJob job, params ReadOnlySpan<ChannelEffect> before) =>
            Rest([.. before, new Send(new Cancel(State.IsPaddock ? job.Uuid : null))]);

        private ChannelStep Take(ChannelJob job) =>
            new(Noted with { Phase = ChannelPhase.Busy, Job = job }, [new Wake(Times.Silence)]);

        private ChannelStep Rest(params ReadOnlySpan<ChannelEffect> effects) =>
            new(Noted with { Phase = ChannelPhase.Idle, Job = null }, [new Wake(Times.Silence), .. effects]);
    }
}
