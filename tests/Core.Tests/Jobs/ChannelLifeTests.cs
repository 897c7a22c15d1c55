using System.Collections.Immutable;
using System.Net.WebSockets;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using static Paddock.Core.Jobs.ChannelEffect;
using static Paddock.Core.Jobs.ChannelInput;

namespace Paddock.Core.Tests.Jobs;

public sealed class ChannelLifeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly ChannelTimes Times = new(
        Silence: TimeSpan.FromSeconds(90),
        Grace: TimeSpan.FromSeconds(60)
    );
    private static readonly Guid Lease = Guid.NewGuid();
    private static readonly Guid OtherLease = Guid.NewGuid();
    private static readonly ChannelJob Job = new(7, Guid.NewGuid(), Lease, Timeout: 10, Started: null);
    private static readonly ChannelJob Begun = Job with { Started = Noon };
    private static readonly Claim Message = new(Job.Uuid, Spec: null!, Config: null!, OciToken: "", Timeout: 10, Noon);
    private static readonly ChannelState Idle = new(ChannelPhase.Idle, Noon);
    private static readonly ChannelState Waiting = Idle with
    {
        Phase = ChannelPhase.Waiting,
        WaitsUntil = Noon.AddSeconds(30),
    };
    private static readonly ChannelState Busy = Idle with { Phase = ChannelPhase.Busy, Job = Job };
    private static readonly ChannelState Over = Idle with { Phase = ChannelPhase.Over };
    private static readonly RunnerFacts Facts = new("linux", "x86_64", "1", Boot: Guid.NewGuid());
    private static readonly Completed Results = new(Job.Uuid, [], Lease);
    private static readonly Send Acknowledged = new(new Ack(Job.Uuid));
    private static readonly LoseLeftover Leftover = new(IfServerIsGone: false);
    private static readonly Wake Patience = new(Times.Silence);

    /// <summary>Each row: the state, the input, seconds after noon, and the resulting phase and effects.</summary>
    private static readonly (
        string Name,
        ChannelState Before,
        ChannelInput Input,
        int Seconds,
        ChannelPhase Then,
        ChannelEffect[] Effects
    )[] Table =
    [
        (
            "a ready runner waits as long as it asks",
            Idle,
            Say(new Ready(20)),
            1,
            ChannelPhase.Waiting,
            [Leftover, Wait(20)]
        ),
        (
            "a ready runner waits 30 seconds by default",
            Idle,
            Say(new Ready()),
            0,
            ChannelPhase.Waiting,
            [Leftover, Wait(30)]
        ),
        (
            "the facts of a ready runner are recorded first",
            Idle,
            Say(new Ready(20, Facts)),
            0,
            ChannelPhase.Waiting,
            [new Learn(Facts), Leftover, Wait(20)]
        ),
        (
            "a Bencher runner in a shared slot loses a leftover job only if the other connection's server is gone",
            Idle with
            {
                IsShared = true,
            },
            Say(new Ready(20)),
            0,
            ChannelPhase.Waiting,
            [new LoseLeftover(IfServerIsGone: true), Wait(20)]
        ),
        (
            "a Paddock runner in a shared slot loses its leftover job",
            Idle with
            {
                IsShared = true,
            },
            Say(new Ready(20, Facts)),
            0,
            ChannelPhase.Waiting,
            [new Learn(Facts), Leftover, Wait(20)]
        ),
        (
            "a wait of 0 seconds is refused",
            Idle,
            Say(new Ready(0)),
            0,
            ChannelPhase.Idle,
            [new Drop("the runner asked to wait 0 seconds; allowed: 1 to 900")]
        ),
        (
            "a wait of 901 seconds is refused",
            Idle,
            Say(new Ready(901)),
            0,
            ChannelPhase.Idle,
            [new Drop("the runner asked to wait 901 seconds; allowed: 1 to 900")]
        ),
        (
            "an unknown message ends an idle channel",
            Idle,
            Say(null),
            0,
            ChannelPhase.Idle,
            [new Drop("the runner sent a message that is not part of the protocol")]
        ),
        ("an unknown message is ignored during a job", Busy, Say(null), 0, ChannelPhase.Busy, []),
        (
            "a heartbeat without a lease is ignored by an idle channel",
            Idle,
            Say(new Heartbeat()),
            0,
            ChannelPhase.Idle,
            []
        ),
        (
            "a heartbeat under a lease resumes the job",
            Idle,
            Say(new Heartbeat(Lease)),
            0,
            ChannelPhase.Idle,
            [new Resume(Lease, Starts: false)]
        ),
        (
            "a running message under a lease resumes and starts the job",
            Idle,
            Say(new Running(Lease)),
            0,
            ChannelPhase.Idle,
            [new Resume(Lease, Starts: true)]
        ),
        ("an idle channel accepts results", Idle, Say(Results), 0, ChannelPhase.Idle, [new Finish(Results)]),
        (
            "silence ends an idle channel",
            Idle,
            new Tick(),
            90,
            ChannelPhase.Idle,
            [new Drop("the runner was silent for too long")]
        ),
        ("an early timer is set again", Idle, new Tick(), 89, ChannelPhase.Idle, [new Wake(TimeSpan.FromSeconds(1))]),
        ("an idle channel of a retired runner closes", Idle, new Retired(), 0, ChannelPhase.Over, [Unwanted]),
        ("an idle channel returns a job", Idle, new Given(Job, Message), 0, ChannelPhase.Idle, [new Return(Job)]),
        ("messages of a waiting runner are ignored", Waiting, Say(new Ready(20)), 0, ChannelPhase.Waiting, []),
        (
            "a waiting runner is handed a job",
            Waiting,
            new Given(Job, Message),
            0,
            ChannelPhase.Busy,
            [Patience, new Hand(Job, Message)]
        ),
        (
            "a job that cannot be handed to any runner fails",
            Waiting,
            new Given(Job, null),
            0,
            ChannelPhase.Waiting,
            [new Refuse(Job)]
        ),
        (
            "a waiting channel sets its timer again before the wait ends",
            Waiting,
            new Tick(),
            29,
            ChannelPhase.Waiting,
            [new Wake(TimeSpan.FromSeconds(1))]
        ),
        (
            "a waiting channel withdraws from the queue when the wait ends",
            Waiting,
            new Tick(),
            30,
            ChannelPhase.Waiting,
            [new Withdraw()]
        ),
        (
            "a withdrawn channel tells the runner that there is no job",
            Waiting,
            new Withdrawn(),
            30,
            ChannelPhase.Idle,
            [Patience, new Send(new NoJob())]
        ),
        ("a waiting channel of a retired runner closes", Waiting, new Retired(), 0, ChannelPhase.Over, [Unwanted]),
        (
            "a job that could not be sent is returned",
            Busy,
            new Unsent(Job),
            0,
            ChannelPhase.Idle,
            [Patience, new Drop(null), new Return(Job)]
        ),
        ("a ready message during a job is acknowledged", Busy, Say(new Ready()), 0, ChannelPhase.Busy, [Acknowledged]),
        (
            "a heartbeat under the lease is acknowledged",
            Busy,
            Say(new Heartbeat(Lease)),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "a heartbeat of a Bencher runner, without a lease, is acknowledged",
            Busy,
            Say(new Heartbeat()),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "a heartbeat within the timeout and the grace is acknowledged",
            Busy with
            {
                Job = Begun,
            },
            Say(new Heartbeat()),
            70,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "a heartbeat past the timeout and the grace cancels the job",
            Busy with
            {
                Job = Begun,
            },
            Say(new Heartbeat()),
            71,
            ChannelPhase.Idle,
            [Patience, new TimeOut(Begun), new Send(new Cancel())]
        ),
        (
            "a heartbeat of a canceled job is answered with a cancellation",
            Busy with
            {
                Job = Job with { IsCanceled = true },
            },
            Say(new Heartbeat()),
            0,
            ChannelPhase.Idle,
            [Patience, new Send(new Cancel())]
        ),
        (
            "a cancellation names the job for a Paddock runner",
            Busy with
            {
                IsPaddock = true,
                Job = Job with { IsCanceled = true },
            },
            Say(new Heartbeat()),
            0,
            ChannelPhase.Idle,
            [Patience, new Send(new Cancel(Job.Uuid))]
        ),
        ("a running message starts the job", Busy, Say(new Running(Lease)), 0, ChannelPhase.Busy, [new Start(Job)]),
        ("a recorded start is acknowledged", Busy, new Started(Job, Heard.Taken), 0, ChannelPhase.Busy, [Acknowledged]),
        (
            "a runner that starts another runner's job is told to stop",
            Busy,
            new Started(Job, Heard.Stop),
            0,
            ChannelPhase.Idle,
            [Patience, new Send(new Cancel())]
        ),
        (
            "a running message under another lease does not start the job",
            Busy,
            Say(new Running(OtherLease)),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "a heartbeat under another lease is not told of the cancellation",
            Busy with
            {
                Job = Job with { IsCanceled = true },
            },
            Say(new Heartbeat(OtherLease)),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "the end of the job is acknowledged",
            Busy,
            new Ended(Job.Uuid, Lease, Heard.Taken),
            0,
            ChannelPhase.Idle,
            [Patience, Acknowledged]
        ),
        (
            "the end under another lease leaves the job running",
            Busy,
            new Ended(Job.Uuid, OtherLease, Heard.Taken),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "an end that breaks the protocol drops the connection",
            Busy,
            new Ended(Job.Uuid, Lease, Heard.Breach),
            0,
            ChannelPhase.Busy,
            [new Drop("the runner reported an end that its job cannot have")]
        ),
        (
            "a Bencher runner is not told at once that its lease has ended",
            Busy,
            new Revoked(Lease),
            0,
            ChannelPhase.Busy,
            []
        ),
        (
            "a Paddock runner is told at once that its lease has ended",
            Busy with
            {
                IsPaddock = true,
            },
            new Revoked(Lease),
            0,
            ChannelPhase.Busy,
            [new Send(new Cancel(Job.Uuid))]
        ),
        (
            "the end of an earlier lease is ignored",
            Busy with
            {
                IsPaddock = true,
            },
            new Revoked(OtherLease),
            0,
            ChannelPhase.Busy,
            []
        ),
        ("silence loses the job", Busy, new Tick(), 90, ChannelPhase.Busy, [new Lose(Job)]),
        (
            "a channel whose job is lost closes with heartbeat_timeout",
            Busy,
            new Lost(JobStatus.Failed),
            90,
            ChannelPhase.Over,
            [Ends("\"heartbeat_timeout\"")]
        ),
        (
            "a channel whose job took too long closes with job_timeout_exceeded",
            Busy,
            new Lost(JobStatus.Canceled),
            90,
            ChannelPhase.Over,
            [Ends("\"job_timeout_exceeded\"")]
        ),
        ("a retired runner may finish its job", Busy, new Retired(), 0, ChannelPhase.Busy, []),
        (
            "a channel of a retired runner closes after its job",
            Busy with
            {
                IsLast = true,
            },
            new Ended(Job.Uuid, Lease, Heard.Taken),
            0,
            ChannelPhase.Over,
            [Patience, Acknowledged, Unwanted]
        ),
        (
            "a resumed job makes the channel busy",
            Idle,
            new Resumed(Starts: false, Heard.Taken, Job, IsHere: true),
            0,
            ChannelPhase.Busy,
            [Patience, Acknowledged]
        ),
        (
            "a resumed job that has begun is started",
            Idle,
            new Resumed(Starts: true, Heard.Taken, Job, IsHere: true),
            0,
            ChannelPhase.Busy,
            [Patience, new Start(Job)]
        ),
        (
            "a resumed job past its timeout and the grace is canceled",
            Idle,
            new Resumed(Starts: false, Heard.Taken, Begun, IsHere: true),
            71,
            ChannelPhase.Idle,
            [Patience, Patience, new TimeOut(Begun), new Send(new Cancel())]
        ),
        (
            "a runner that resumes a job that is no longer its own is told to stop",
            Idle,
            new Resumed(Starts: true, Heard.Stop, null, IsHere: false),
            0,
            ChannelPhase.Idle,
            [new Send(new Cancel())]
        ),
        (
            "a runner whose job was given up as lost may still deliver it",
            Idle,
            new Resumed(Starts: true, Heard.Taken, null, IsHere: false),
            0,
            ChannelPhase.Idle,
            [new Send(new Ack())]
        ),
        (
            "a resumed job of another slot is acknowledged",
            Idle,
            new Resumed(Starts: true, Heard.Taken, Job, IsHere: false),
            0,
            ChannelPhase.Idle,
            [Acknowledged]
        ),
        (
            "output in a heartbeat is stored before the acknowledgment",
            Busy,
            Say(new Heartbeat(Lease, "halfway\n")),
            1,
            ChannelPhase.Busy,
            [new Wrote(Job, "halfway\n"), Acknowledged]
        ),
        (
            "output under another lease is ignored",
            Busy,
            Say(new Heartbeat(OtherLease, "halfway\n")),
            1,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        ("a closed channel ignores messages", Over, Say(Results), 0, ChannelPhase.Over, []),
        ("a closed channel ignores its timer", Over, new Tick(), 900, ChannelPhase.Over, []),
        ("a closed channel returns a job", Over, new Given(Job, Message), 0, ChannelPhase.Over, [new Return(Job)]),
        (
            "a closed channel fails a job that cannot be handed to any runner",
            Over,
            new Given(Job, null),
            0,
            ChannelPhase.Over,
            [new Refuse(Job)]
        ),
        (
            "a closed channel does not close again",
            Over,
            new Closed(WebSocketCloseStatus.PolicyViolation, "again"),
            0,
            ChannelPhase.Over,
            []
        ),
    ];

    public static TheoryData<string> Rows => [.. Table.Select(row => row.Name)];

    [Theory, MemberData(nameof(Rows))]
    public void A_channel_reacts_to_each_input_with_the_expected_phase_and_effects(string name)
    {
        var row = Table.Single(row => row.Name == name);
        var step = row.Before.Next(row.Input, Noon.AddSeconds(row.Seconds), Times);
        Assert.Equal(row.Then, step.State.Phase);
        Assert.Equal(row.Effects, step.Effects);
    }

    [Fact]
    public void A_message_under_the_lease_is_a_sign_of_life_and_one_under_another_lease_is_not()
    {
        var later = Noon.AddSeconds(50);
        Assert.Equal(later, Busy.Next(Say(new Heartbeat(Lease)), later, Times).State.Heard);
        Assert.Equal(later, Busy.Next(Say(new Running(Lease)), later, Times).State.Heard);
        Assert.Equal(Noon, Busy.Next(Say(new Heartbeat(OtherLease)), later, Times).State.Heard);
        Assert.Equal(Noon, Busy.Next(Say(null), later, Times).State.Heard);
    }

    [Fact]
    public void A_job_starts_at_its_first_running_message()
    {
        var first = Busy.Next(Say(new Running(Lease)), Noon.AddSeconds(1), Times).State;
        var begun = first.Next(new Started(first.Job!, Heard.Taken), Noon.AddSeconds(2), Times).State;
        Assert.Equal(Noon.AddSeconds(1), begun.Job!.Started);
        var again = begun.Next(Say(new Running(Lease)), Noon.AddSeconds(5), Times).State;
        again = again.Next(new Started(again.Job!, Heard.Taken), Noon.AddSeconds(5), Times).State;
        Assert.Equal(Noon.AddSeconds(1), again.Job!.Started);
    }

    [Fact]
    public void A_channel_has_a_job_exactly_while_it_is_busy_and_never_leaves_the_over_phase()
    {
        var random = new Random(20261129);
        ChannelInput[] all = [.. Table.Select(row => row.Input)];
        for (var walk = 0; walk < 2_000; walk++)
        {
            var (state, now) = (Idle with { IsShared = walk % 2 == 0 }, Noon);
            for (var i = 0; i < 40; i++)
            {
                now = now.AddSeconds(random.Next(0, 40));
                var next = state.Next(Fitting(state, all[random.Next(all.Length)]), now, Times);
                if (state.Phase == ChannelPhase.Over)
                    Assert.Equal(state, next.State);
                if (next.State.Phase != ChannelPhase.Over)
                    Assert.Equal(next.State.Phase == ChannelPhase.Busy, next.State.Job is not null);
                Assert.DoesNotContain(next.Effects.SkipLast(1), effect =>
                    effect is Hand or Withdraw or Start or Resume or Finish or Lose
                );
                state = next.State;
            }
        }
    }

    // Answers reach only a channel that has asked, about the job that the channel has. Other inputs pass unchanged.
    private static ChannelInput Fitting(ChannelState state, ChannelInput input) =>
        input switch
        {
            Started or Unsent or Lost when state.Phase != ChannelPhase.Busy => new Tick(),
            Started started => started with { Job = state.Job! },
            Resumed when state.Phase != ChannelPhase.Idle => new Tick(),
            _ => input,
        };

    private static Said Say(RunnerEvent? said) => new(said);

    private static Wake Wait(int seconds) => new(TimeSpan.FromSeconds(seconds));

    private static End Ends(string reason) => new(WebSocketCloseStatus.NormalClosure, reason);

    private static End Unwanted =>
        new(WebSocketCloseStatus.PolicyViolation, "the runner was archived or got a new key");
}
