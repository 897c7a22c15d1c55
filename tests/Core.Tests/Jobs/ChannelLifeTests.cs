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
    private static readonly RunnerFacts Ours = new("linux", "x86_64", "1", Boot: Guid.NewGuid());
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
        ("a ready runner waits", Idle, Say(new Ready(20)), 1, ChannelPhase.Waiting, [Leftover, Wait(20)]),
        ("without a time it waits the standard", Idle, Say(new Ready()), 0, ChannelPhase.Waiting, [Leftover, Wait(30)]),
        (
            "facts are learnt first",
            Idle,
            Say(new Ready(20, Ours)),
            0,
            ChannelPhase.Waiting,
            [new Learn(Ours), Leftover, Wait(20)]
        ),
        (
            "an original may have its job on another connection, unless the server of that one is gone",
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
            "one of ours has not",
            Idle with
            {
                IsShared = true,
            },
            Say(new Ready(20, Ours)),
            0,
            ChannelPhase.Waiting,
            [new Learn(Ours), Leftover, Wait(20)]
        ),
        (
            "0 seconds are no time",
            Idle,
            Say(new Ready(0)),
            0,
            ChannelPhase.Idle,
            [new Drop("it wants to wait 0 seconds; allowed are 1 to 900")]
        ),
        (
            "901 seconds are too many",
            Idle,
            Say(new Ready(901)),
            0,
            ChannelPhase.Idle,
            [new Drop("it wants to wait 901 seconds; allowed are 1 to 900")]
        ),
        (
            "what is no message ends an idle channel",
            Idle,
            Say(null),
            0,
            ChannelPhase.Idle,
            [new Drop("it sent no message of the protocol")]
        ),
        ("and does not disturb a job", Busy, Say(null), 0, ChannelPhase.Busy, []),
        ("a heartbeat without a job means nothing", Idle, Say(new Heartbeat()), 0, ChannelPhase.Idle, []),
        (
            "a heartbeat under a claim resumes",
            Idle,
            Say(new Heartbeat(Lease)),
            0,
            ChannelPhase.Idle,
            [new Resume(Lease, Starts: false)]
        ),
        (
            "running under a claim resumes",
            Idle,
            Say(new Running(Lease)),
            0,
            ChannelPhase.Idle,
            [new Resume(Lease, Starts: true)]
        ),
        ("results are taken in any time", Idle, Say(Results), 0, ChannelPhase.Idle, [new Finish(Results)]),
        (
            "silence ends an idle channel",
            Idle,
            new Tick(),
            90,
            ChannelPhase.Idle,
            [new Drop("it said nothing for too long")]
        ),
        ("an early clock is set again", Idle, new Tick(), 89, ChannelPhase.Idle, [new Wake(TimeSpan.FromSeconds(1))]),
        ("a channel that is not wanted closes", Idle, new Retired(), 0, ChannelPhase.Over, [Unwanted]),
        ("an idle channel gives a job back", Idle, new Given(Job, Message), 0, ChannelPhase.Idle, [new Return(Job)]),
        ("nothing is said while a runner waits", Waiting, Say(new Ready(20)), 0, ChannelPhase.Waiting, []),
        (
            "a job is handed over",
            Waiting,
            new Given(Job, Message),
            0,
            ChannelPhase.Busy,
            [Patience, new Hand(Job, Message)]
        ),
        ("one that cannot be told fails", Waiting, new Given(Job, null), 0, ChannelPhase.Waiting, [new Refuse(Job)]),
        ("its time is not over", Waiting, new Tick(), 29, ChannelPhase.Waiting, [new Wake(TimeSpan.FromSeconds(1))]),
        ("its time is over", Waiting, new Tick(), 30, ChannelPhase.Waiting, [new Withdraw()]),
        (
            "it is told that there is none",
            Waiting,
            new Withdrawn(),
            30,
            ChannelPhase.Idle,
            [Patience, new Send(new NoJob())]
        ),
        ("a waiting channel that is not wanted closes", Waiting, new Retired(), 0, ChannelPhase.Over, [Unwanted]),
        (
            "a runner that was gone leaves its job",
            Busy,
            new Unsent(Job),
            0,
            ChannelPhase.Idle,
            [Patience, new Drop(null), new Return(Job)]
        ),
        ("ready during a job", Busy, Say(new Ready()), 0, ChannelPhase.Busy, [Acknowledged]),
        ("a heartbeat", Busy, Say(new Heartbeat(Lease)), 0, ChannelPhase.Busy, [Acknowledged]),
        ("an original's heartbeat", Busy, Say(new Heartbeat()), 0, ChannelPhase.Busy, [Acknowledged]),
        (
            "a heartbeat of a job in time",
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
            "of one past its timeout and the grace",
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
            "of a job that is canceled",
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
            "ours is told of which job",
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
        ("running", Busy, Say(new Running(Lease)), 0, ChannelPhase.Busy, [new Start(Job)]),
        ("running is written down", Busy, new Started(Job, Heard.Taken), 0, ChannelPhase.Busy, [Acknowledged]),
        (
            "running what is another's",
            Busy,
            new Started(Job, Heard.Stop),
            0,
            ChannelPhase.Idle,
            [Patience, new Send(new Cancel())]
        ),
        ("a foreign claim is not believed", Busy, Say(new Running(OtherLease)), 0, ChannelPhase.Busy, [Acknowledged]),
        (
            "nor its heartbeat",
            Busy with
            {
                Job = Job with { IsCanceled = true },
            },
            Say(new Heartbeat(OtherLease)),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        ("the end", Busy, new Ended(Job.Uuid, Lease, Heard.Taken), 0, ChannelPhase.Idle, [Patience, Acknowledged]),
        (
            "the end of another claim",
            Busy,
            new Ended(Job.Uuid, OtherLease, Heard.Taken),
            0,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        (
            "an end that cannot be",
            Busy,
            new Ended(Job.Uuid, Lease, Heard.Breach),
            0,
            ChannelPhase.Busy,
            [new Drop("it told an end that its job cannot have")]
        ),
        ("revoked, an original learns later", Busy, new Revoked(Lease), 0, ChannelPhase.Busy, []),
        (
            "revoked, ours learns at once",
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
            "old news of an earlier claim",
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
        ("it was lost", Busy, new Lost(JobStatus.Failed), 90, ChannelPhase.Over, [Ends("\"heartbeat_timeout\"")]),
        (
            "it had taken too long",
            Busy,
            new Lost(JobStatus.Canceled),
            90,
            ChannelPhase.Over,
            [Ends("\"job_timeout_exceeded\"")]
        ),
        ("a runner that is not wanted may finish", Busy, new Retired(), 0, ChannelPhase.Busy, []),
        (
            "and is then closed",
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
            "resumed",
            Idle,
            new Resumed(Starts: false, Heard.Taken, Job, IsHere: true),
            0,
            ChannelPhase.Busy,
            [Patience, Acknowledged]
        ),
        (
            "resumed and begun",
            Idle,
            new Resumed(Starts: true, Heard.Taken, Job, IsHere: true),
            0,
            ChannelPhase.Busy,
            [Patience, new Start(Job)]
        ),
        (
            "resumed past its time",
            Idle,
            new Resumed(Starts: false, Heard.Taken, Begun, IsHere: true),
            71,
            ChannelPhase.Idle,
            [Patience, Patience, new TimeOut(Begun), new Send(new Cancel())]
        ),
        (
            "what is another's by now",
            Idle,
            new Resumed(Starts: true, Heard.Stop, null, IsHere: false),
            0,
            ChannelPhase.Idle,
            [new Send(new Cancel())]
        ),
        (
            "what was given up for lost may be delivered",
            Idle,
            new Resumed(Starts: true, Heard.Taken, null, IsHere: false),
            0,
            ChannelPhase.Idle,
            [new Send(new Ack())]
        ),
        (
            "a job of another slot",
            Idle,
            new Resumed(Starts: true, Heard.Taken, Job, IsHere: false),
            0,
            ChannelPhase.Idle,
            [Acknowledged]
        ),
        (
            "what it has written is told before the answer",
            Busy,
            Say(new Heartbeat(Lease, "halfway\n")),
            1,
            ChannelPhase.Busy,
            [new Wrote(Job, "halfway\n"), Acknowledged]
        ),
        (
            "but not under a foreign claim",
            Busy,
            Say(new Heartbeat(OtherLease, "halfway\n")),
            1,
            ChannelPhase.Busy,
            [Acknowledged]
        ),
        ("closed, nothing counts", Over, Say(Results), 0, ChannelPhase.Over, []),
        ("no clock, either", Over, new Tick(), 900, ChannelPhase.Over, []),
        ("but a job is given back", Over, new Given(Job, Message), 0, ChannelPhase.Over, [new Return(Job)]),
        ("or fails where it cannot be told", Over, new Given(Job, null), 0, ChannelPhase.Over, [new Refuse(Job)]),
        (
            "and it closes once",
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
        new(WebSocketCloseStatus.PolicyViolation, "the runner was archived or got another key");
}
