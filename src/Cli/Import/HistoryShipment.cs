using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Import;

/// <summary>
/// Sends a history in parts; the server records each part in full or not at all. The server recognizes runs that it has
/// by their keys, so an interrupted import continues when it is started again.
/// </summary>
internal sealed class HistoryShipment(ApiClient api, ResourceId project)
{
    // A part is one transaction, for which all other writers wait when the database is embedded.
    private const int RunsMax = 200,
        BytesMax = 2 << 20;

    public async Task<int> SendAsync(IReadOnlyList<PastRun> runs, CancellationToken ct)
    {
        var path = $"/v0/projects/{Uri.EscapeDataString(project.ToString()!)}/history";
        var (sent, recorded, known, metrics, accepted) = (0, 0u, 0u, 0u, 0u);
        var began = Stopwatch.GetTimestamp();
        foreach (var part in Parts(runs))
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(new NewHistory(part), Wire.Default.NewHistory);
            var answer = await api.SendAsync(HttpMethod.Post, path, body, Wire.Default.HistoryRecorded, ct);
            sent += part.Count;
            (recorded, known, metrics, accepted) = (
                recorded + answer.Recorded,
                known + answer.Known,
                metrics + answer.Metrics,
                accepted + answer.Accepted
            );
            Output.Note(string.Create(CultureInfo.InvariantCulture, $"{sent} of {runs.Count} reports"));
        }
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Imported {recorded} reports with {metrics} values in {seconds:0.0} s; {known} existed already; "
                    + $"{accepted} changes were found and accepted."
            )
        );
        return Exit.Success;
    }

    private static IEnumerable<List<PastRun>> Parts(IReadOnlyList<PastRun> runs)
    {
        var (part, bytes) = (new List<PastRun>(), 0);
        foreach (var run in runs)
        {
            var size = run.Results.Sum(result => result.Bytes.Length);
            if (part.Count == RunsMax || (part.Count > 0 && bytes + size > BytesMax))
            {
                yield return part;
                (part, bytes) = ([], 0);
            }
            part.Add(run);
            bytes += size;
        }
        if (part.Count > 0)
            yield return part;
    }
}
