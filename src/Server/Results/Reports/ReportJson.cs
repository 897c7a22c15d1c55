using System.Text.Json;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Writes reports as JSON. Nearly all of a report is its results, which repeat the same measures and thresholds
/// hundreds of times: repeated parts are serialized once and then copied as bytes.
/// </summary>
internal sealed class ReportJson(Flow flow)
{
    private const string Media = "application/json";
    private const int ResultsAtOnce = 32; // Each may have a name of 1 KB and many measures.

    private readonly JsonBytes json = new(flow.Output);
    private readonly Dictionary<Measure, byte[]> measures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ResultVerdict, byte[]> verdicts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<MetricThreshold, byte[]> thresholds = new(ReferenceEqualityComparer.Instance);

    public static LongAnswer Answer(int status, Report report) =>
        new(status, Media, total: 1, flow => new ReportJson(flow).WriteAsync(report));

    /// <summary>Writes a list of reports.</summary>
    public async Task WriteAllAsync(IEnumerable<Report> reports)
    {
        var isFirst = true;
        json.Raw("["u8);
        foreach (var report in reports)
        {
            if (!isFirst)
                json.Raw(","u8);
            isFirst = false;
            await WriteAsync(report);
        }
        json.Raw("]"u8);
        json.Flush();
    }

    public async Task WriteAsync(Report report)
    {
        if (report.Results is not { } results)
        {
            json.Value(report, Wire.Default.Report);
            return;
        }
        json.Raw("{\"results\":["u8);
        for (var i = 0; i < results.Count; i++)
        {
            json.Raw(i > 0 ? ",["u8 : "["u8);
            for (var k = 0; k < results[i].Count; k++)
            {
                if (k > 0)
                    json.Raw(","u8);
                Write(results[i][k]);
                if (k % ResultsAtOnce != ResultsAtOnce - 1)
                    continue;
                json.Flush();
                await flow.NextAsync();
            }
            json.Raw("]"u8);
        }
        json.Raw("],"u8);
        // The opening brace is already written.
        json.Raw(JsonSerializer.SerializeToUtf8Bytes(report with { Results = null }, Wire.Default.Report).AsSpan(1));
        json.Flush();
        await flow.NextAsync();
    }

    private void Write(ReportResult result)
    {
        json.Raw("{\"iteration\":"u8);
        json.Number(result.Iteration);
        json.Raw(",\"benchmark\":"u8);
        Write(result.Benchmark);
        json.Raw(",\"measures\":["u8);
        for (var i = 0; i < result.Measures.Count; i++)
        {
            if (i > 0)
                json.Raw(","u8);
            Write(result.Measures[i]);
        }
        json.Raw("]}"u8);
    }

    private void Write(Benchmark benchmark)
    {
        json.Raw("{\"uuid\":\""u8);
        json.Uuid(benchmark.Uuid);
        json.Raw("\",\"project\":\""u8);
        json.Uuid(benchmark.Project);
        json.Raw("\",\"name\":"u8);
        json.Text(benchmark.Name);
        json.Raw(",\"slug\":"u8);
        json.Text(benchmark.Slug);
        json.Raw(",\"created\":"u8);
        json.TimeOrNull(benchmark.Created);
        json.Raw(",\"modified\":"u8);
        json.TimeOrNull(benchmark.Modified);
        json.Raw(",\"archived\":"u8);
        json.TimeOrNull(benchmark.Archived);
        json.Raw("}"u8);
    }

    private void Write(ReportMeasure of)
    {
        json.Raw("{\"measure\":"u8);
        if (!measures.TryGetValue(of.Measure, out var measure))
            measures[of.Measure] = measure = JsonSerializer.SerializeToUtf8Bytes(of.Measure, Wire.Default.Measure);
        json.Raw(measure);
        json.Raw(",\"metric\":{\"uuid\":\""u8);
        json.Uuid(of.Metric.Uuid);
        json.Raw("\",\"value\":"u8);
        json.Number(of.Metric.Value);
        json.Raw(",\"lower_value\":"u8);
        json.NumberOrNull(of.Metric.LowerValue);
        json.Raw(",\"upper_value\":"u8);
        json.NumberOrNull(of.Metric.UpperValue);
        json.Raw("},\"threshold\":"u8);
        Write(of.Threshold);
        json.Raw(",\"boundary\":"u8);
        Write(of.Boundary);
        if (of.NoLimits is { } why)
        {
            json.Raw(",\"no_limits\":"u8);
            json.Text(Words<NoLimits>.Of(why));
        }
        if (of.Verdict is { } verdict)
        {
            json.Raw(",\"verdict\":"u8);
            if (!verdicts.TryGetValue(verdict, out var bytes)) // Shared by a series' iterations.
                verdicts[verdict] = bytes = JsonSerializer.SerializeToUtf8Bytes(verdict, Wire.Default.ResultVerdict);
            json.Raw(bytes);
        }
        json.Raw("}"u8);
    }

    private void Write(MetricThreshold? threshold)
    {
        if (threshold is null)
        {
            json.Raw("null"u8);
            return;
        }
        if (!thresholds.TryGetValue(threshold, out var bytes))
            thresholds[threshold] = bytes = JsonSerializer.SerializeToUtf8Bytes(
                threshold,
                Wire.Default.MetricThreshold
            );
        json.Raw(bytes);
    }

    private void Write(Boundary? boundary)
    {
        if (boundary is not { } known)
        {
            json.Raw("null"u8);
            return;
        }
        json.Raw("{\"baseline\":"u8);
        json.NumberOrNull(known.Baseline);
        json.Raw(",\"lower_limit\":"u8);
        json.NumberOrNull(known.LowerLimit);
        json.Raw(",\"upper_limit\":"u8);
        json.NumberOrNull(known.UpperLimit);
        json.Raw("}"u8);
    }
}
