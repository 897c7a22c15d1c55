using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Http;
using Paddock.Server.Metrics;

namespace Paddock.Server.Perf;

/// <summary>
/// A plot's data as v0 JSON. Its points repeat their report, version and model a hundredfold, so what repeats is written once into bytes and
/// copied from then on; a plot of a quarter of a million points is 80 MB.
/// </summary>
internal sealed class PerfJson(PerfData data, PipeWriter output)
{
    private readonly Dictionary<long, (byte[] BeforeIteration, byte[] AfterIteration)> reports = [];
    private readonly Dictionary<long, byte[]> thresholds = [];

    public async Task WriteAsync(CancellationToken ct)
    {
        Raw("{\"project\":"u8);
        Value(data.Project.ToWire(), Wire.Default.Project);
        Raw(",\"start_time\":"u8);
        Time(data.Query.StartTime);
        Raw(",\"end_time\":"u8);
        Time(data.Query.EndTime);
        Raw(",\"results\":["u8);
        for (var i = 0; i < data.Lines.Count; i++)
        {
            if (i > 0) Raw(","u8);
            Write(data.Lines[i]);
            await output.FlushAsync(ct); // A line at a time, so that the whole answer is never in memory.
        }
        Raw("]}"u8);
        await output.FlushAsync(ct);
    }

    private void Write(Line line)
    {
        Raw("{\"branch\":"u8);
        Value(line.Branch.ToWire(data.Project, line.Head), Wire.Default.Branch);
        Raw(",\"testbed\":"u8);
        Value(line.Testbed.ToWire(data.Project, line.Spec), Wire.Default.Testbed);
        Raw(",\"benchmark\":"u8);
        Value(line.Benchmark.ToWire(data.Project), Wire.Default.Benchmark);
        Raw(",\"measure\":"u8);
        Value(line.Measure.ToWire(data.Project), Wire.Default.Measure);
        Raw(",\"metrics\":["u8);
        for (var i = 0; i < line.Points.Count; i++)
        {
            if (i > 0) Raw(","u8);
            Write(line.Points[i]);
        }
        Raw("]}"u8);
    }

    private void Write(in Point point)
    {
        var (before, after) = ReportParts(point.ReportId);
        Raw(before);
        Number(point.Iteration);
        Raw(after);
        Uuid(new MetricKey(point.SeriesId, point.ReportId, point.Iteration).ToUuid());
        Raw("\",\"value\":"u8);
        Number(point.Value);
        Raw(",\"lower_value\":"u8);
        NumberOrNull(point.LowerValue);
        Raw(",\"upper_value\":"u8);
        NumberOrNull(point.UpperValue);
        if (point.ModelId == 0)
        {
            Raw("},\"threshold\":null,\"boundary\":null,\"alert\":null}"u8);
            return;
        }
        Raw("},\"threshold\":"u8);
        Raw(ThresholdPart(point.ModelId));
        Raw(",\"boundary\":{\"baseline\":"u8);
        NumberOrNull(point.Baseline);
        Raw(",\"lower_limit\":"u8);
        NumberOrNull(point.LowerLimit);
        Raw(",\"upper_limit\":"u8);
        NumberOrNull(point.UpperLimit);
        Raw("},\"alert\":"u8);
        if (data.Alerts.Count > 0 && data.Alerts.TryGetValue((point.ReportId, point.SeriesId, point.Iteration), out var alert))
            Value(new MetricAlert(alert.Uuid, alert.Limit, alert.Status, alert.Modified), Wire.Default.MetricAlert);
        else Raw("null"u8);
        Raw("}"u8);
    }

    // {"report":…,"iteration": and ,"start_time":…,"end_time":…,"version":{…},"metric":{"uuid":"
    private (byte[] BeforeIteration, byte[] AfterIteration) ReportParts(long id)
    {
        if (reports.TryGetValue(id, out var parts)) return parts;
        var report = data.Reports[id];
        var hash = report.Version.Hash is { } text ? $"\"{JavaScriptEncoder.Default.Encode(text)}\"" : "null";
        return reports[id] = (
            Encoding.UTF8.GetBytes($"{{\"report\":\"{report.Uuid}\",\"iteration\":"),
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $",\"start_time\":\"{Text(report.StartTime)}\",\"end_time\":\"{Text(report.EndTime)}\",\"version\":{{\"number\":{report.Version.Number},\"hash\":{hash}}},\"metric\":{{\"uuid\":\"")));
    }

    private byte[] ThresholdPart(long modelId)
    {
        if (thresholds.TryGetValue(modelId, out var part)) return part;
        var (threshold, model) = data.Models[modelId];
        return thresholds[modelId] = JsonSerializer.SerializeToUtf8Bytes(threshold.ToWire(data.Project, model), Wire.Default.MetricThreshold);
    }

    private static string Text(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[20];
        TimeConverter.Format(time, text);
        return Encoding.ASCII.GetString(text);
    }

    private void Time(DateTimeOffset? time)
    {
        if (time is null) Raw("null"u8);
        else Raw(Encoding.ASCII.GetBytes($"\"{Text(time.Value)}\""));
    }

    private void Value<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(output, Answer.JsonOptions);
        JsonSerializer.Serialize(json, value, type);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    private void Uuid(Guid uuid)
    {
        uuid.TryFormat(output.GetSpan(36), out var length);
        output.Advance(length);
    }

    private void Number(uint number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(16), out var length);
        output.Advance(length);
    }

    private void Number(double number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(32), out var length);
        output.Advance(length);
    }

    private void NumberOrNull(double number)
    {
        if (double.IsNaN(number)) Raw("null"u8);
        else Number(number);
    }
}
