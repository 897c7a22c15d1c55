using System.Net.WebSockets;
using Xunit.Sdk;

namespace Paddock.Torture.Members;

/// <summary>
/// A runner on the channel. It takes jobs and sends their results until the server has confirmed them, reconnecting if
/// necessary.
/// </summary>
internal sealed class Rig(Func<Uri> address, string name, string key, Jobs jobs, Findings findings) : Member
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(20);

    private TestRunner? runner;
    private Work? work;
    private int done;

    public override (int Count, string Noun) Confirmed => (done, "jobs carried out");

    public override bool IsMidWay => work is not null;

    /// <summary>How long the server may be silent before the rig reconnects.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    public override async Task StepAsync()
    {
        try
        {
            runner ??= await ConnectAsync();
            if (runner is null)
                await Task.Delay(AgainAfter);
            else if (work is null)
                await TakeAsync(runner);
            else
                await DeliverAsync(runner, work);
        }
        catch (Exception e)
            when (e is XunitException or WebSocketException or OperationCanceledException or IOException)
        {
            await LeaveAsync();
            await Task.Delay(AgainAfter);
        }
    }

    public override Task CheckAsync(bool all) => all ? jobs.CheckAllAsync() : jobs.CheckAsync();

    private async Task<TestRunner?> ConnectAsync()
    {
        var (made, status) = await TestRunner.TryConnectAsync(address(), name, $"Bearer {key}", slot: "0");
        if (made is not null)
            made.Patience = Patience;
        else if (status is not (0 or 503))
            findings.Add($"the channel of {name} was answered {status}");
        return made;
    }

    private async Task TakeAsync(TestRunner on)
    {
        await on.SendAsync(new { @event = "ready", poll_timeout = 1 });
        var answer = await on.ReceiveAsync();
        if ((string)answer["event"]! != "job")
            return;
        var job = (string)answer["uuid"]!;
        work = new(job, (string)answer["lease"]!, jobs.Handed(job));
        await DeliverAsync(on, work);
    }

    private async Task DeliverAsync(TestRunner on, Work what)
    {
        if (!await AcceptsAsync(on, new { @event = "running", lease = what.Lease }))
        {
            // The claim is over: the job will be claimed again, or has ended.
            work = null;
            await LeaveAsync();
            return;
        }
        var ended = new
        {
            @event = "completed",
            job = what.Job,
            lease = what.Lease,
            results = new[] { new { exit_code = 0, stdout = Run.Latencies(("job", what.Value)) } },
        };
        if (!await AcceptsAsync(on, ended))
        {
            work = null;
            await LeaveAsync();
            return;
        }
        work = null;
        done++;
        jobs.Deliver(what.Job);
    }

    private static async Task<bool> AcceptsAsync(TestRunner on, object message)
    {
        await on.SendAsync(message);
        return (string)(await on.ReceiveAsync())["event"]! == "ack";
    }

    private async Task LeaveAsync()
    {
        if (runner is not null)
            await runner.DisposeAsync();
        runner = null;
    }

    private sealed record Work(string Job, string Lease, double Value);
}
