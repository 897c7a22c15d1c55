using System.Collections.Concurrent;
using System.Diagnostics;

namespace Paddock.Torture.Members;

/// <summary>The confirmed jobs and their outcomes.</summary>
internal sealed class Jobs(Line line, Findings findings, string project)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Note> notes = new();
    private readonly ConcurrentQueue<string> delivered = new();

    public int Confirmed => notes.Values.Count(note => note.IsConfirmed);

    /// <summary>How many jobs have not ended yet.</summary>
    public int Open => notes.Values.Count(note => note is { IsConfirmed: true, IsDelivered: false });

    public void Add(string uuid, double value)
    {
        var note = Of(uuid);
        (note.Value, note.IsConfirmed) = (value, true);
    }

    /// <summary>Records that a runner has received the job.</summary>
    /// <returns>The value that its benchmark shall measure.</returns>
    public double Handed(string uuid)
    {
        var note = Of(uuid);
        note.Handed++;
        // The runner may have the job before its sender has received the answer.
        return note.Measured = uuid.Sum(letter => letter);
    }

    /// <summary>Records that the server has confirmed the results.</summary>
    public void Deliver(string uuid)
    {
        var note = Of(uuid);
        if (note.IsDelivered)
            findings.Add($"TWICE: the job {uuid} was carried out and confirmed again");
        note.IsDelivered = true;
        delivered.Enqueue(uuid);
    }

    /// <summary>Checks the jobs delivered since the last check.</summary>
    public async Task CheckAsync()
    {
        while (delivered.TryDequeue(out var uuid))
            await CheckAsync(uuid);
    }

    /// <summary>Checks every job ever delivered.</summary>
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
            // The results are stored; a server that was killed before processing them does it later.
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
