namespace Paddock.Torture.Members;

/// <summary>Submits jobs, and keeps only a few of them waiting at a time.</summary>
internal sealed class Submitter(Line line, Jobs jobs, JobWorld world) : Member
{
    private const int OpenMax = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private int sent;

    public override (int Count, string Noun) Confirmed => (sent, "jobs");

    public override async Task StepAsync()
    {
        if (jobs.Open >= OpenMax)
        {
            await Task.Delay(Pause);
            return;
        }
        var body = world.Run(testbed: "rig");
        body["idempotency_key"] = Guid.NewGuid();
        if (await line.UntilAsync(HttpMethod.Post, "/v0/run", body, 201) is not { } reply)
            return;
        jobs.Add((string)reply.Json["job"]!, ++sent);
    }

    // The runners (Rig) check the jobs.
    public override Task CheckAsync(bool all) => Task.CompletedTask;
}
