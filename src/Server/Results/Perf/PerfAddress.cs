using System.Globalization;
using System.Text;
using Paddock.Core.Wire;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Perf;

/// <summary>Writes a plot as a query string, which is the same for the page, the API and the image.</summary>
internal static class PerfAddress
{
    private static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <summary>Returns the query string, with its question mark.</summary>
    public static string Of(PerfQuery query, PerfDisplay display)
    {
        var address = new StringBuilder();
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                address.Append(address.Length == 0 ? '?' : '&').Append(name).Append('=').Append(value);
        }

        Add("branches", string.Join(',', query.Branches));
        if (query.Heads.Any(h => h is not null))
            Add("heads", string.Join(',', query.Heads));
        Add("testbeds", string.Join(',', query.Testbeds));
        if (query.Specs.Any(s => s is not null))
            Add("specs", string.Join(',', query.Specs));
        Add("benchmarks", string.Join(',', query.Benchmarks));
        Add("measures", string.Join(',', query.Measures));
        Add("start_time", query.StartTime?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Add("end_time", query.EndTime?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Add("hide", LineChoice.TextOf(query.Choice.Hide));
        Add("only", LineChoice.TextOf(query.Choice.Only));
        Add("report", display.Report?.ToString());
        if (display.LowerValue)
            Add("lower_value", "true");
        if (display.UpperValue)
            Add("upper_value", "true");
        if (display.LowerBoundary)
            Add("lower_boundary", "true");
        if (display.UpperBoundary)
            Add("upper_boundary", "true");
        if (display.XAxis != XAxis.DateTime)
            Add("x_axis", Words<XAxis>.Of(display.XAxis));
        if (display.YAxis != YAxis.Auto)
            Add("y_axis", Words<YAxis>.Of(display.YAxis));
        return address.ToString();
    }

    /// <summary>Returns the plot of the values before a report's results, with their limits.</summary>
    public static string Of(StoredReport stored, IReadOnlyList<Guid> benchmarks, Guid measure) =>
        Of(
            QueryOf(stored, benchmarks, measure),
            new(LowerBoundary: true, UpperBoundary: true, Report: stored.Report.Uuid)
        );

    public static PerfQuery QueryOf(StoredReport stored, IReadOnlyList<Guid> benchmarks, Guid measure) =>
        new(
            [stored.Branch.Uuid],
            [stored.Head.Uuid],
            [stored.Testbed.Uuid],
            [stored.Spec?.Uuid],
            benchmarks,
            [measure],
            Before(stored.Report.StartTime),
            Addressable(stored.Report.EndTime)
        );

    // An address has milliseconds since 1970, but reports of older installations may have earlier times.
    private static DateTimeOffset Before(DateTimeOffset time) =>
        time - DateTimeOffset.UnixEpoch > Window ? time - Window : DateTimeOffset.UnixEpoch;

    private static DateTimeOffset Addressable(DateTimeOffset time) =>
        time > DateTimeOffset.UnixEpoch ? time : DateTimeOffset.UnixEpoch;
}
