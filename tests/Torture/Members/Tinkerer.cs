namespace Paddock.Torture.Members;

/// <summary>Changes the model of a threshold repeatedly; the last confirmed model must be in force.</summary>
internal sealed class Tinkerer(Line line, Findings findings, string project) : Member
{
    private string? threshold;
    private int boundary = 1_000_000;
    private int changes;

    public override (int Count, string Noun) Confirmed => (changes, "models");

    public override async Task StepAsync()
    {
        if (threshold is null)
        {
            await FindAsync();
            return;
        }
        boundary++;
        var body = new { test = "static", upper_boundary = boundary };
        if (await line.UntilAsync(HttpMethod.Put, PathOf(threshold), body, 200) is not null)
            changes++;
    }

    public override async Task CheckAsync(bool all)
    {
        if (
            threshold is null
            || await line.UntilAsync(HttpMethod.Get, PathOf(threshold), null, 200, 404) is not { } reply
        )
            return;
        var now = reply.Status == 404 ? null : (double?)reply.Json["model"]?["upper_boundary"];
        if (changes > 0 && now != boundary)
            findings.Add($"LOST: the threshold's boundary is {now} and not {boundary}, as was confirmed");
    }

    private async Task FindAsync()
    {
        var body = new
        {
            branch = "main",
            testbed = "tinkered",
            measure = "latency",
            test = "static",
            upper_boundary = boundary,
        };
        var testbeds = $"/v0/projects/{project}/testbeds";
        await line.UntilAsync(HttpMethod.Post, testbeds, new { name = "tinkered" }, 201, 409);
        // 409 means that an earlier attempt has created it, but its answer was lost; 404 occurs before the first
        // report.
        await line.UntilAsync(HttpMethod.Post, $"/v0/projects/{project}/thresholds", body, 201, 409, 404);
        var list = await line.UntilAsync(
            HttpMethod.Get,
            $"/v0/projects/{project}/thresholds?testbed=tinkered",
            null,
            200
        );
        threshold = (string?)list?.Json.AsArray().FirstOrDefault()?["uuid"];
    }

    private string PathOf(string uuid) => $"/v0/projects/{project}/thresholds/{uuid}";
}
