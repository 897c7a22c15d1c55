namespace Paddock.Torture.Members;

/// <summary>Creates projects with a little content, and deletes every second one with everything in it.</summary>
internal sealed class Founder(Line line, Findings findings, string organization) : Member
{
    private readonly List<(string Slug, bool IsGone)> founded = [];
    private int looked;

    public override (int Count, string Noun) Confirmed => (founded.Count, "projects");

    public override async Task StepAsync()
    {
        var slug = $"founded-{founded.Count}";
        var body = new { name = $"Founded {founded.Count}", slug };
        if (
            await line.UntilAsync(HttpMethod.Post, $"/v0/organizations/{organization}/projects", body, 201, 409) is null
        )
            return;
        var run = new Run(slug, Run.Latencies(("a", 1), ("b", 2))) { IdempotencyKey = Guid.NewGuid() };
        if (await line.UntilAsync(HttpMethod.Post, "/v0/run", run.ToJson(), 201) is null)
            return;
        var isGone = founded.Count % 2 == 0;
        if (
            isGone && await line.UntilAsync(HttpMethod.Delete, $"/v0/projects/{slug}?hard=true", null, 204, 404) is null
        )
            return;
        founded.Add((slug, isGone));
        await Task.Delay(20); // Projects are created rarely.
    }

    public override async Task CheckAsync(bool all)
    {
        for (var i = all ? 0 : looked; i < founded.Count; i++)
        {
            var (slug, isGone) = founded[i];
            var reply = await line.UntilAsync(HttpMethod.Get, $"/v0/projects/{slug}/reports", null, 200, 404);
            if (reply is null)
                continue;
            if (isGone && reply.Status == 200)
                findings.Add($"LOST: the deletion of the project {slug}");
            else if (!isGone && (reply.Status == 404 || reply.TotalCount != 1))
                findings.Add($"LOST: the project {slug} or its report");
        }
        looked = founded.Count;
    }
}
