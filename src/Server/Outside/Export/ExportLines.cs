using System.Buffers;
using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Export;

/// <summary>
/// Writes one JSON document per line. Importing the lines into an empty project yields a project whose export has the
/// same lines.
/// </summary>
internal sealed class ExportLines(ExportedReports reports)
{
    public async Task WriteAsync(Flow flow)
    {
        var branches = reports.Filter.IsAll ? await reports.BranchNamesAsync(flow.Ct) : [];
        // The heads and the branches already met in a report.
        var (heads, begun) = (new HashSet<long>(), new HashSet<long>());
        await using var json = new Utf8JsonWriter(flow.Output, Answer.JsonOptions);
        await foreach (var report in reports.ReadAsync(flow.Ct))
        {
            var stored = report.Stored;
            var isFirst = heads.Add(stored.Head.Id);
            var isBranchNew = begun.Add(stored.Branch.Id);
            var start = isFirst && reports.Filter.IsAll ? StartOf(report, branches, isReset: !isBranchNew) : null;
            JsonSerializer.Serialize(json, Line(report, start), Wire.Default.ExportedReport);
            await json.FlushAsync(flow.Ct);
            json.Reset();
            flow.Output.Write("\n"u8);
            await flow.NextAsync();
        }
    }

    private static ExportedReport Line(OutgoingReport report, NewStartPoint? start)
    {
        var (stored, units) = (report.Stored, new Dictionary<string, string>());
        var results = new List<Dictionary<string, Dictionary<string, ExportedValue>>>();
        foreach (var metric in report.Metrics)
        {
            while (results.Count <= metric.Iteration)
                results.Add([]);
            var benchmarks = results[(int)metric.Iteration];
            if (!benchmarks.TryGetValue(metric.Benchmark.Name, out var measures))
                benchmarks.Add(metric.Benchmark.Name, measures = []);
            measures.Add(
                metric.Measure.Name,
                new(metric.Metric.Value, metric.Metric.LowerValue, metric.Metric.UpperValue)
            );
            units[metric.Measure.Name] = metric.Measure.Units;
        }
        return new(
            report.Key ?? stored.Report.Uuid,
            stored.Branch.Name,
            stored.Testbed.Name,
            stored.Report.StartTime,
            stored.Report.EndTime,
            stored.Report.Adapter,
            results,
            units,
            GitHash.TryParse(stored.Version.Hash, out var hash) ? hash : null,
            start
        );
    }

    private static NewStartPoint? StartOf(OutgoingReport report, Dictionary<Guid, string> branches, bool isReset)
    {
        var start = report.Stored.Head.StartPoint;
        if (start is null)
            return isReset ? new(Reset: true) : null;
        if (!branches.TryGetValue(start.Branch, out var name) || !NameId<BranchName>.TryParse(name, out var branch))
            return null;
        return new(
            branch,
            GitHash.TryParse(start.Version.Hash, out var hash) ? hash : null,
            Reset: isReset ? true : null
        );
    }
}
