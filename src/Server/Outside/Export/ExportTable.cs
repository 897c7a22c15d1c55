using System.Buffers;
using System.Globalization;
using System.Text;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Outside.Export;

/// <summary>Writes one value per row, under headings that <c>paddock import csv</c> reads.</summary>
internal sealed class ExportTable(ExportedReports reports)
{
    private const string Headings =
        "report,branch,version,hash,testbed,time,iteration,benchmark,measure,unit,value,lower,upper,baseline,"
        + "lower_limit,upper_limit\r\n";

    // A spreadsheet treats a cell that begins with one of these characters as a formula.
    private static readonly SearchValues<char> Formula = SearchValues.Create("=+-@\t\r");
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    public async Task WriteAsync(Flow flow)
    {
        Encoding.UTF8.GetBytes(Headings, flow.Output);
        await foreach (var report in reports.ReadAsync(flow.Ct))
        {
            foreach (var metric in report.Metrics)
            {
                Encoding.UTF8.GetBytes(Row(report.Stored, metric), flow.Output);
                await flow.NextAsync();
            }
        }
    }

    private static string Row(StoredReport report, ReportMetric metric) =>
        string.Join(
            ',',
            report.Report.Uuid,
            Cell(report.Branch.Name),
            report.Version.Number,
            report.Version.Hash,
            Cell(report.Testbed.Name),
            report.Report.StartTime.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            metric.Iteration,
            Cell(metric.Benchmark.Name),
            Cell(metric.Measure.Name),
            Cell(metric.Measure.Units),
            Number(metric.Metric.Value),
            Number(metric.Metric.LowerValue),
            Number(metric.Metric.UpperValue),
            Number(metric.Boundary.Baseline),
            Number(metric.Boundary.LowerLimit),
            Number(metric.Boundary.UpperLimit)
        ) + "\r\n";

    private static string Cell(string text)
    {
        if (text.AsSpan(0, Math.Min(1, text.Length)).ContainsAny(Formula))
            text = "'" + text;
        return text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static string? Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);
}
