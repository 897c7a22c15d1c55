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
        Assert.Equal("No runner serves the spec \"Box\"; an administrator can give it to one.", Of(before: 0));
        Assert.Equal("The only runner of the spec \"Box\" cannot give its sandbox, a container.", Of(0, Unfit));
        Assert.Equal(
            "None of the 2 runners of the spec \"Box\" can give its sandbox, a container.",
            Of(0, Unfit, Unfit)
        );
        Assert.Equal("A runner is free and is about to take it.", Of(0, Idle, Busy));
        Assert.Equal("The only runner of the spec \"Box\" is offline. It is the next.", Of(0, Away));
        Assert.Equal("All 2 runners of the spec \"Box\" are busy. One job goes first.", Of(1, Busy, Busy));
        Assert.Equal(
            "Of the 3 runners of the spec \"Box\", 2 are busy, 1 is offline. 7 jobs go first.",
            Of(7, Busy, Away, Busy)
        );
        Assert.Equal(
            "The only runner of the spec \"Box\" cannot give its sandbox, a micro VM.",
            WaitReason.Of("Box", "firecracker", [Unfit], before: 0)
        );
    }

    private static string Of(long before, params Serving[] runners) =>
        WaitReason.Of("Box", sandbox: null, runners, before);
}
