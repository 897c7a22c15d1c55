using System.Buffers;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Writes a plot's data as v0 JSON. Points repeat their report, version and model hundreds of times, so repeated parts
/// are serialized once and then copied as bytes. A plot of a quarter of a million points is 80 MB.
/// </summary>
internal sealed class PerfJson(PerfData data, Flow flow)
{
    private const int PointsAtOnce = 128; // About 50 KB.

    private readonly JsonBytes json = new(flow.Output);
    private readonly Dictionary<long, (byte[] BeforeIteration, byte[] AfterIteration)> reports = [];
    private readonly Dictionary<long, byte[]> thresholds = [];

    public async Task WriteAsync()
    {
        json.Raw("{\"project\":"u8);
        json.Value(data.Project.ToWire(), Wire.Default.Project);
        json.Raw(",\"start_time\":"u8);
        json.TimeOrNull(data.Query.StartTime);
        json.Raw(",\"end_time\":"u8);
        json.TimeOrNull(data.Query.EndTime);
        json.Raw(",\"results\":["u8);
        for (var i = 0; i < data.Lines.Count; i++)
        {
            if (i > 0)
                json.Raw(","u8);
            BeginLine(data.Lines[i]);
            var points = data.Lines[i].Points;
            for (var k = 0; k < points.Count; k++)
            {
                if (k > 0)
                    json.Raw(","u8);
                Write(points[k]);
                if (k % PointsAtOnce != PointsAtOnce - 1)
                    continue;
                json.Flush();
                await flow.NextAsync();
            }
            json.Raw("]}"u8);
            json.Flush();
            await flow.FlushAsync();
        }
        json.Raw("]}"u8);
        json.Flush();
    }

    private void BeginLine(Line line)
    {
        json.Raw("{\"branch\":"u8);
        json.Value(line.Branch.ToWire(data.Project, line.Head), Wire.Default.Branch);
        json.Raw(",\"testbed\":"u8);
        json.Value(line.Testbed.ToWire(data.Project, line.Spec), Wire.Default.Testbed);
        json.Raw(",\"benchmark\":"u8);
        json.Value(line.Benchmark.ToWire(data.Project), Wire.Default.Benchmark);
        json.Raw(",\"measure\":"u8);
        json.Value(line.Measure.ToWire(data.Project), Wire.Default.Measure);
        json.Raw(",\"metrics\":["u8);
    }

    private void Write(in Point point)
    {
        if (data.Lines.Count > 1)
        {
            var (before, after) = ReportParts(point.ReportId);
            json.Raw(before);
            json.Number(point.Iteration);
            json.Raw(after);
        }
        else // No part would be reused.
        {
            var report = data.Reports[point.ReportId];
            BeforeIteration(json, report);
            json.Number(point.Iteration);
            AfterIteration(json, report);
        }
        json.Uuid(new MetricKey(point.SeriesId, point.ReportId, point.Iteration).ToUuid());
        json.Raw("\",\"value\":"u8);
        json.Number(point.Value);
        json.Raw(",\"lower_value\":"u8);
        json.NumberOrNull(point.LowerValue);
        json.Raw(",\"upper_value\":"u8);
        json.NumberOrNull(point.UpperValue);
        if (point.ModelId.IsNone)
        {
            json.Raw("},\"threshold\":null,\"boundary\":null,\"alert\":null}"u8);
            return;
        }
        json.Raw("},\"threshold\":"u8);
        json.Raw(ThresholdPart(point.ModelId));
        json.Raw(",\"boundary\":{\"baseline\":"u8);
        json.NumberOrNull(point.Baseline);
        json.Raw(",\"lower_limit\":"u8);
        json.NumberOrNull(point.LowerLimit);
        json.Raw(",\"upper_limit\":"u8);
        json.NumberOrNull(point.UpperLimit);
        json.Raw("},\"alert\":"u8);
        if (
            data.Alerts.Count > 0
            && data.Alerts.TryGetValue((point.ReportId, point.SeriesId, point.Iteration), out var alert)
        )
            json.Value(
                new MetricAlert(alert.Uuid, alert.Limit, alert.Status, alert.Modified),
                Wire.Default.MetricAlert
            );
        else
            json.Raw("null"u8);
        json.Raw("}"u8);
    }

    private (byte[] BeforeIteration, byte[] AfterIteration) ReportParts(long id)
    {
        if (reports.TryGetValue(id, out var parts))
            return parts;
        var report = data.Reports[id];
        var text = new ArrayBufferWriter<byte>();
        var part = new JsonBytes(text);
        BeforeIteration(part, report);
        part.Flush();
        var before = text.WrittenSpan.ToArray();
        text.ResetWrittenCount();
        AfterIteration(part, report);
        part.Flush();
        return reports[id] = (before, text.WrittenSpan.ToArray());
    }

    private static void BeforeIteration(JsonBytes json, PointReport report)
    {
        json.Raw("{\"report\":\""u8);
        json.Uuid(report.Uuid);
        json.Raw("\",\"iteration\":"u8);
    }

    private static void AfterIteration(JsonBytes json, PointReport report)
    {
        json.Raw(",\"start_time\":"u8);
        json.TimeOrNull(report.StartTime);
        json.Raw(",\"end_time\":"u8);
        json.TimeOrNull(report.EndTime);
        json.Raw(",\"version\":{\"number\":"u8);
        json.Number(report.Version.Number);
        json.Raw(",\"hash\":"u8);
        if (report.Version.Hash is { } hash)
            json.Text(hash);
        else
            json.Raw("null"u8);
        json.Raw("},\"metric\":{\"uuid\":\""u8);
    }

    private byte[] ThresholdPart(Id<ModelRow> modelId)
    {
        if (thresholds.TryGetValue(modelId, out var part))
            return part;
        var (threshold, model) = data.Models[modelId];
        return thresholds[modelId] = JsonSerializer.SerializeToUtf8Bytes(
            threshold.ToWire(data.Project, model),
            Wire.Default.MetricThreshold
        );
    }
}
