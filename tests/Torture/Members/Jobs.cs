using System.Collections.Concurrent;
using System.Diagnostics;

namespace Paddock.Torture.Members;

/// <summary>The jobs that were confirmed, and what became of them.</summary>
internal sealed class Jobs(Line line, Findings findings, string project)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Note> notes = new();
    private readonly ConcurrentQueue<string> delivered = new();

    public int Confirmed => notes.Values.Count(note => note.IsConfirmed);

    /// <summary>How many have not ended yet.</summary>
    public int Open => notes.Values.Count(note => note is { IsConfirmed: true, IsDelivered: false });

    public void Add(string uuid, double value)
    {
        var note = Of(uuid);
        (note.Value, note.IsConfirmed) = (value, true);
    }

    /// <summary>A runner got the job.</summary>
    /// <returns>What its benchmark shall measure.</returns>
    public double Handed(string uuid)
    {
        var note = Of(uuid);
        note.Handed++;
        // It may be here before its sender has heard of it.
        return note.Measured = uuid.Sum(letter => letter);
    }

    /// <summary>The server has confirmed the results.</summary>
    public void Deliver(string uuid)
    {
        var note = Of(uuid);
        if (note.IsDelivered)
            findings.Add($"TWICE: the job {uuid} was carried out and confirmed again");
        note.IsDelivered = true;
        delivered.Enqueue(uuid);
    }

    /// <summary>Looks at those that were delivered since the last time.</summary>
    public async Task CheckAsync()
    {
        while (delivered.TryDequeue(out var uuid))
            await CheckAsync(uuid);
    }

    /// <summary>Looks at every job that was delivered at any time.</summary>
    public async Task CheckAllAsync()
    {
        foreach (var (uuid, _) in notes.Where(note => note.Value is { IsConfirmed: true, IsDelivered: true }))
            await CheckAsync(uuid);
    }

    private async Task CheckAsync(string uuid)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var job = await line.UntilAsync(HttpMethod.Get, $"/v0/projects/{project}/jobs/{uuid}", null, 200, 404);
            if (job is null)
                return;
            var status = job.Status == 404 ? "lost" : (string)job.Json["status"]!;
            if (status == "processed")
            {
                await CheckReportAsync(uuid, (string)job.Json["report"]!);
                return;
            }
            // Its results are stored; a server that was killed before it had read them does that later.
            if (status != "completed" || watch.Elapsed > Patience)
            {
                findings.Add($"LOST: the job {uuid}, whose results were confirmed, is {status}");
                return;
            }
            await Task.Delay(50);
        }
    }

    private async Task CheckReportAsync(string uuid, string report)
    {
        var found = await line.UntilAsync(HttpMethod.Get, $"/v0/projects/{project}/reports/{report}", null, 200, 404);
        if (found is null)
            return;
        var results = found.Status == 404 ? null : found.Json["results"]!.AsArray();
        var value =
            results is [{ } only] && only.AsArray() is [{ } one]
                ? (double)one["measures"]![0]!["metric"]!["value"]!
                : double.NaN;
        if (value != Of(uuid).Measured)
            findings.Add(
                $"HALF THERE: the job {uuid} is processed, its report has {results?.Count ?? 0} result sets and the "
                    + $"value {value} instead of {Of(uuid).Measured}"
            );
    }

    private Note Of(string uuid) => notes.GetOrAdd(uuid, _ => new());

    private sealed class Note
    {
        public double Value { get; set; }
        public double Measured { get; set; }
        public int Handed { get; set; }
        public bool IsConfirmed { get; set; }
        public bool IsDelivered { get; set; }
    }
}
