using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Writes a plot's data in columns, for programs that draw it; docs/plots.md describes the format. A column of equal
/// values is a single value instead of a list, and a column without values is omitted.
/// </summary>
/// <param name="reports">True to include a table of the reports; otherwise each point has its time.</param>
internal sealed class PerfCompact(PerfData data, bool reports, Flow flow)
{
    private const int ItemsAtOnce = 4096;
    private const int NearMax = 16;

    private readonly JsonBytes json = new(flow.Output);
    private readonly Dictionary<long, int> reportPlaces = [];
    private int[]? nearPlaces; // Replaces reportPlaces if ids are close: every point looks up its report.
    private long firstReport;
    private readonly Dictionary<long, int> thresholdPlaces = [];

    public async Task WriteAsync()
    {
        Member("{\"project\":"u8, data.Project.ToWire(), Wire.Default.Project);
        json.Raw(",\"start_time\":"u8);
        json.TimeOrNull(data.Query.StartTime);
        json.Raw(",\"end_time\":"u8);
        json.TimeOrNull(data.Query.EndTime);
        if (reports)
            await WriteReportsAsync();
        WriteThresholds();
        json.Raw(",\"results\":["u8);
        for (var i = 0; i < data.Lines.Count; i++)
        {
            if (i > 0)
                json.Raw(","u8);
            await WriteAsync(data.Lines[i]);
            json.Flush();
            await flow.FlushAsync();
        }
        json.Raw("]}"u8);
        json.Flush();
    }

    private async Task WriteReportsAsync()
    {
        var rows = data.Reports.OrderBy(report => report.Key).ToArray();
        for (var i = 0; i < rows.Length; i++)
            reportPlaces.Add(rows[i].Key, i);
        if (rows.Length > 0 && rows[^1].Key - rows[0].Key < NearMax * (long)rows.Length)
        {
            (firstReport, nearPlaces) = (rows[0].Key, new int[rows[^1].Key - rows[0].Key + 1]);
            for (var i = 0; i < rows.Length; i++)
                nearPlaces[rows[i].Key - firstReport] = i;
        }
        json.Raw(",\"reports\":{\"key\":"u8);
        await ListAsync(rows, row => json.Number(row.Key));
        json.Raw(",\"uuid\":"u8);
        await ListAsync(rows, row =>
        {
            json.Raw("\""u8);
            json.Uuid(row.Value.Uuid);
            json.Raw("\""u8);
        });
        json.Raw(",\"start_time\":"u8);
        await ListAsync(rows, row => json.Number(row.Value.StartTime.ToUnixTimeSeconds()));
        json.Raw(",\"end_time\":"u8);
        await ListAsync(rows, row => json.Number(row.Value.EndTime.ToUnixTimeSeconds()));
        json.Raw(",\"version\":"u8);
        await ListAsync(rows, row => json.Number(row.Value.Version.Number));
        json.Raw(",\"hash\":"u8);
        await ListAsync(rows, row => TextOrNull(row.Value.Version.Hash));
        if (Array.Exists(rows, row => row.Value.Subject is not null))
        {
            json.Raw(",\"subject\":"u8);
            await ListAsync(rows, row => TextOrNull(row.Value.Subject));
        }
        if (Array.Exists(rows, row => row.Value.Author is not null))
        {
            json.Raw(",\"author\":"u8);
            await ListAsync(rows, row => TextOrNull(row.Value.Author));
        }
        json.Raw("}"u8);
    }

    private void TextOrNull(string? text)
    {
        if (text is null)
            json.Raw("null"u8);
        else
            json.Text(text);
    }

    private int PlaceOf(long report) => nearPlaces is null ? reportPlaces[report] : nearPlaces[report - firstReport];

    private void WriteThresholds()
    {
        json.Raw(",\"thresholds\":["u8);
        foreach (var (model, row) in data.Models)
        {
            if (thresholdPlaces.Count > 0)
                json.Raw(","u8);
            thresholdPlaces.Add(model, thresholdPlaces.Count);
            json.Value(row.Threshold.ToWire(data.Project, row.Model), Wire.Default.MetricThreshold);
        }
        json.Raw("]"u8);
    }

    private async Task WriteAsync(Line line)
    {
        Member("{\"branch\":"u8, line.Branch.ToWire(data.Project, line.Head), Wire.Default.Branch);
        Member(",\"testbed\":"u8, line.Testbed.ToWire(data.Project, line.Spec), Wire.Default.Testbed);
        Member(",\"benchmark\":"u8, line.Benchmark.ToWire(data.Project), Wire.Default.Benchmark);
        Member(",\"measure\":"u8, line.Measure.ToWire(data.Project), Wire.Default.Measure);
        json.Raw(",\"points\":{\"count\":"u8);
        json.Number(line.Points.Count);
        await WholeAsync("series", line.Points, (in Point p) => p.SeriesId);
        await WholeAsync("report", line.Points, (in Point p) => reports ? PlaceOf(p.ReportId) : p.ReportId);
        if (!reports)
            await WholeAsync("start_time", line.Points, (in Point p) => p.StartTime);
        await WholeAsync("iteration", line.Points, (in Point p) => p.Iteration);
        await RealAsync("value", line.Points, (in Point p) => p.Value);
        await RealAsync("lower_value", line.Points, (in Point p) => p.LowerValue);
        await RealAsync("upper_value", line.Points, (in Point p) => p.UpperValue);
        if (thresholdPlaces.Count > 0)
            await RealAsync("threshold", line.Points, (in Point p) =>
                p.ModelId.IsNone ? double.NaN : thresholdPlaces[p.ModelId]
            );
        await RealAsync("baseline", line.Points, (in Point p) => p.Baseline);
        await RealAsync("lower_limit", line.Points, (in Point p) => p.LowerLimit);
        await RealAsync("upper_limit", line.Points, (in Point p) => p.UpperLimit);
        json.Raw("},\"alerts\":["u8);
        WriteAlerts(line.Points);
        json.Raw("]}"u8);
    }

    private void WriteAlerts(LinePoints points)
    {
        if (data.Alerts.Count == 0)
            return;
        var first = true;
        var span = points.Span;
        for (var i = 0; i < span.Length; i++)
        {
            if (
                span[i].ModelId.IsNone
                || !data.Alerts.TryGetValue((span[i].ReportId, span[i].SeriesId, span[i].Iteration), out var alert)
            )
                continue;
            json.Raw(first ? "{\"point\":"u8 : ",{\"point\":"u8);
            first = false;
            json.Number(i);
            Member(
                ",\"alert\":"u8,
                new MetricAlert(alert.Uuid, alert.Limit, alert.Status, alert.Modified),
                Wire.Default.MetricAlert
            );
            json.Raw("}"u8);
        }
    }

    private delegate T Part<T>(in Point point);

    private async ValueTask WholeAsync(string name, LinePoints points, Part<long> of)
    {
        Name(name);
        if (AreEqual(points, of))
            json.Number(of(in points.Span[0]));
        else
            await ColumnAsync(points, of, new long[Math.Min(points.Count, ItemsAtOnce)], json.Numbers);
    }

    private async ValueTask RealAsync(string name, LinePoints points, Part<double> of)
    {
        var (first, isOne) = (of(in points.Span[0]), AreEqual(points, of));
        if (isOne && double.IsNaN(first))
            return;
        Name(name);
        if (isOne)
            json.Number(first);
        else
            await ColumnAsync(points, of, new double[Math.Min(points.Count, ItemsAtOnce)], json.NumbersOrNulls);
    }

    private void Name(string column)
    {
        json.Raw(","u8);
        json.Text(column);
        json.Raw(":"u8);
    }

    private static bool AreEqual<T>(LinePoints points, Part<T> of)
        where T : IEquatable<T>
    {
        var span = points.Span;
        var (first, i) = (of(in span[0]), 1);
        while (i < span.Length && of(in span[i]).Equals(first)) // NaN equals NaN here.
            i++;
        return i == span.Length;
    }

    // Writes through one small buffer: a full-length array would allocate new memory for each column.
    private async ValueTask ColumnAsync<T>(LinePoints points, Part<T> of, T[] buffer, Action<ReadOnlyMemory<T>> write)
    {
        json.Raw("["u8);
        for (var i = 0; i < points.Count; i += buffer.Length)
        {
            if (i > 0)
                json.Raw(","u8);
            write(buffer.AsMemory(0, Fill(points, i, of, buffer)));
            json.Flush();
            await flow.NextAsync();
        }
        json.Raw("]"u8);
    }

    private static int Fill<T>(LinePoints points, int start, Part<T> of, T[] buffer)
    {
        var span = points.Span[start..];
        var count = Math.Min(span.Length, buffer.Length);
        for (var i = 0; i < count; i++)
            buffer[i] = of(in span[i]);
        return count;
    }

    private async ValueTask ListAsync<T>(T[] items, Action<T> write)
    {
        json.Raw("["u8);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
                json.Raw(","u8);
            write(items[i]);
            if (i % ItemsAtOnce != ItemsAtOnce - 1)
                continue;
            json.Flush();
            await flow.NextAsync();
        }
        json.Raw("]"u8);
    }

    private void Member<T>(ReadOnlySpan<byte> name, T value, JsonTypeInfo<T> type)
    {
        json.Raw(name);
        json.Value(value, type);
    }
}
