using System.Text.Json.Nodes;

namespace Paddock.Torture.Members;

/// <summary>Sends reports to several branches under idempotency keys, and deletes some of them.</summary>
internal sealed class Reporter(Line line, Findings findings, string project, int number, int seed) : Member
{
    private const int OneInDeleted = 12;
    private const int OneInLong = 10;
    private const int Long = 40; // In benchmarks.

    private readonly Random random = new(seed);
    private readonly List<Sent> kept = [];
    private readonly List<string> deleted = [];
    private int sent;
    private int checkedKept;
    private int checkedDeleted;

    public override (int Count, string Noun) Confirmed => (sent, "reports");

    /// <summary>How many reports of this client must exist.</summary>
    public int Kept => kept.Count;

    /// <summary>How many of them are on the branch.</summary>
    public int KeptOn(string branch) => kept.Count(report => report.Branch == branch);

    public override async Task StepAsync()
    {
        if (kept.Count > 0 && random.Next(OneInDeleted) == 0)
        {
            await DeleteAsync(random.Next(kept.Count));
            return;
        }
        var branch = random.Next(3) == 0 ? $"fix-{random.Next(5)}" : "main";
        var benchmarks = random.Next(OneInLong) == 0 ? Long : 1 + random.Next(4);
        var value = 1000 * number + sent + 1;
        var body = new Run(
            project,
            Run.Latencies([.. Enumerable.Range(0, benchmarks).Select(i => ($"b{i}", (double)value))])
        )
        {
            Branch = branch,
            Testbed = "box",
            StartPoint = branch == "main" ? null : new { branch = "main" },
            Hash = Run.Commit(random.Next(1, 50)),
            IdempotencyKey = Guid.NewGuid(),
        }.ToJson();
        if (await line.UntilAsync(HttpMethod.Post, "/v0/run", body, 201) is not { } reply)
            return;
        sent++;
        kept.Add(new((string)reply.Json["uuid"]!, branch, benchmarks, value));
    }

    public override async Task CheckAsync(bool all)
    {
        for (var i = all ? 0 : Math.Min(checkedKept, kept.Count); i < kept.Count; i++)
            if (await line.UntilAsync(HttpMethod.Get, PathOf(kept[i].Uuid), null, 200, 404) is { } reply)
                Look(kept[i], reply, findings);
        for (var i = all ? 0 : checkedDeleted; i < deleted.Count; i++)
            if (await line.UntilAsync(HttpMethod.Get, PathOf(deleted[i]), null, 200, 404) is { Status: 200 })
                findings.Add($"LOST: the deletion of the report {deleted[i]}");
        (checkedKept, checkedDeleted) = (kept.Count, deleted.Count);
    }

    /// <summary>
    /// Reads every report from a server whose database is damaged: each must be right, or refused with a message.
    /// </summary>
    public async Task LookAsync(Line damaged, Findings met)
    {
        foreach (var report in kept)
        {
            if (await damaged.TryAsync(HttpMethod.Get, PathOf(report.Uuid), null) is not { } reply)
                met.Add("a report was not answered");
            else if (reply.Status == 200)
                Look(report, reply, met);
            else if (!reply.Text.Contains("damaged", StringComparison.Ordinal))
                met.Add($"a report that was confirmed was answered {reply.Status}: {reply.Text}");
        }
    }

    private async Task DeleteAsync(int index)
    {
        var uuid = kept[index].Uuid;
        // 404 means that an earlier attempt has deleted it, but its answer was lost.
        if (await line.UntilAsync(HttpMethod.Delete, PathOf(uuid), null, 204, 404) is null)
            return;
        kept.RemoveAt(index);
        checkedKept = Math.Min(checkedKept, index);
        deleted.Add(uuid);
    }

    private static void Look(Sent report, Reply reply, Findings findings)
    {
        if (reply.Status == 404)
        {
            findings.Add($"LOST: the report {report.Uuid}");
            return;
        }
        var values = reply.Json["results"]!
            .AsArray()
            .SelectMany(iteration => iteration!.AsArray())
            .Select(Value)
            .ToList();
        if (values.Count != report.Benchmarks || values.Exists(value => value != report.Value))
            findings.Add(
                $"HALF THERE: the report {report.Uuid} has {values.Count} of {report.Benchmarks} results, "
                    + $"{values.Count(value => value == report.Value)} of them as they were sent"
            );
    }

    private static double Value(JsonNode? result) => (double)result!["measures"]![0]!["metric"]!["value"]!;

    private string PathOf(string uuid) => $"/v0/projects/{project}/reports/{uuid}";

    private sealed record Sent(string Uuid, string Branch, int Benchmarks, double Value);
}
