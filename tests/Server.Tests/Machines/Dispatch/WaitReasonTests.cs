using Paddock.Core.Wire;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Tests.Machines.Dispatch;

public sealed class WaitReasonTests
{
    private static readonly Serving Busy = new(Fits: true, RunnerState.Running, HasRoom: false);
    private static readonly Serving Idle = new(Fits: true, RunnerState.Idle, HasRoom: true);
    private static readonly Serving Away = new(Fits: true, RunnerState.Offline, HasRoom: false);
    private static readonly Serving Unfit = new(Fits: false, RunnerState.Idle, HasRoom: true);

    [Fact]
    public void The_wait_reason_names_the_runners_of_the_spec_and_the_jobs_ahead()
    {
        Assert.Equal("No runner serves the spec \"Box\"; an administrator can add it to one.", Of(before: 0));
        Assert.Equal("The only runner of the spec \"Box\" cannot provide its sandbox, a container.", Of(0, Unfit));
        Assert.Equal(
            "None of the 2 runners of the spec \"Box\" can provide its sandbox, a container.",
            Of(0, Unfit, Unfit)
        );
        Assert.Equal("A runner is free and is about to claim it.", Of(0, Idle, Busy));
        Assert.Equal("The only runner of the spec \"Box\" is offline. It is next in the queue.", Of(0, Away));
        Assert.Equal("All 2 runners of the spec \"Box\" are busy. One job is ahead of it.", Of(1, Busy, Busy));
        Assert.Equal(
            "Of the 3 runners of the spec \"Box\", 2 are busy, 1 is offline. 7 jobs are ahead of it.",
            Of(7, Busy, Away, Busy)
        );
        Assert.Equal(
            "The only runner of the spec \"Box\" cannot provide its sandbox, a micro VM.",
            WaitReason.Of("Box", "firecracker", [Unfit], before: 0)
        );
    }

    private static string Of(long before, params Serving[] runners) =>
        WaitReason.Of("Box", sandbox: null, runners, before);
}
