using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of wrk for a URL, which is the benchmark: the latency of requests and the requests per second.
/// </summary>
internal static class Wrk
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("Requests/sec:"u8))
            return null;
        var results = output.NewResults();
        Run? run = null;
        foreach (var text in new Lines(output.Text))
        {
            var line = new FromStart(text);
            if (text.StartsWith("Running "u8) && text.IndexOf(" test @ "u8) is > 0 and var at)
            {
                run?.End(results);
                run = new(Encoding.UTF8.GetString(text[(at + 8)..]).Trim());
            }
            else if (run is null)
                continue;
            else if (run.Read(line))
                continue;
            else if (line.Text("Requests/sec:"u8) && line.Blanks())
                run.AddTo(results, line, average);
            else if (
                results.TakesAll
                && line.Text("Transfer/sec:"u8)
                && line.Blanks()
                && line.Number(out var size)
                && line.Word(out var unit)
                && BytesIn(unit) is { } bytes
            )
                results.SampleMore(Found.Name(run.Url), "Transfer/sec", "bytes / second (B/s)", new(size * bytes));
        }
        run?.End(results);
        return output.Finish(results);
    }

    // wrk's units are powers of two.
    private static double? BytesIn(ReadOnlySpan<byte> unit) =>
        unit switch
        {
            [(byte)'B'] => 1,
            [(byte)'K', (byte)'B'] => 1 << 10,
            [(byte)'M', (byte)'B'] => 1 << 20,
            [(byte)'G', (byte)'B'] => 1 << 30,
            [(byte)'T', (byte)'B'] => 1L << 40,
            _ => null,
        };

    private sealed class Run(string url)
    {
        private double? mean,
            deviation,
            median;
        private readonly List<(string Percent, double Nanoseconds)> percentiles = [];
        private readonly List<string> troubles = [];

        // wrk2 prints a second distribution, "Uncorrected", which omits the time that requests waited before they were
        // sent.
        private bool isUncorrected;
        private bool isUntimed;
        private bool isDone;

        public string Url => url;

        public bool Read(FromStart line)
        {
            var text = line;
            if (!line.Blanks())
                return false;
            if (line.Text("Latency"u8) && line.Blanks())
                return ReadLatency(line);
            line = text;
            if (
                line.Blanks()
                && line.Number(out var percent)
                && line.Byte('%')
                && line.Blanks()
                && Time(ref line, out var time)
            )
            {
                if (isUncorrected)
                    return true;
                if (percent == 50)
                    median = time;
                else
                    percentiles.Add((percent.ToString(System.Globalization.CultureInfo.InvariantCulture), time));
                return true;
            }
            line = text;
            line.Blanks();
            if (!line.Rest.StartsWith("Socket errors:"u8) && !line.Rest.StartsWith("Non-2xx"u8))
                return false;
            troubles.Add(Encoding.UTF8.GetString(line.Rest));
            return true;
        }

        // The line of the thread statistics, or the heading of a distribution. If no request was timed, the share near
        // the mean is printed as -nan%.
        private bool ReadLatency(FromStart line)
        {
            if (line.Rest.StartsWith("Distribution"u8))
                isUncorrected = line.Rest.IndexOf("Uncorrected"u8) >= 0;
            else if (Time(ref line, out var average) && line.Blanks() && Time(ref line, out var spread))
            {
                (mean, deviation) = (average, spread);
                isUntimed = line.Rest.IndexOf("nan%"u8) >= 0 || average == 0 && spread == 0;
            }
            else if (line.Rest.IndexOf("nan"u8) >= 0)
                isUntimed = true;
            return true;
        }

        public void AddTo(Results results, FromStart line, Average? average)
        {
            isDone = true;
            if (Found.Name(url) is not { } name)
                return;
            foreach (var trouble in troubles)
                results.LeaveOut("requests that failed", trouble);
            if (isUntimed)
                results.LeaveOut($"the latency of {url}", "no request was timed");
            else if (average == Average.Median ? median is { } half : false)
                results.Sample(name, BuiltInMeasure.Latency, new(half));
            else if (average != Average.Median && mean is { } value)
                results.Sample(name, BuiltInMeasure.Latency, Metric.Around(value, deviation!.Value));
            else
                results.LeaveOut(
                    $"the latency of {url}",
                    average == Average.Median ? "its median is printed with --latency only" : "it is missing"
                );
            if (line.Number(out var rate) && line.AtEnd)
                results.Sample(name, BuiltInMeasure.Throughput, new(rate));
            else
                results.LeaveOut($"the throughput of {url}", $"{Encoding.UTF8.GetString(line.Rest)} is not a number");
            if (!results.TakesAll || isUntimed)
                return;
            foreach (var (percent, time) in percentiles)
                results.SampleMore(name, $"latency p{percent}", BuiltInMeasure.Latency.Units, new(time));
        }

        /// <summary>Reports a run that was interrupted.</summary>
        public void End(Results results)
        {
            if (!isDone)
                results.LeaveOut(url, LeftOut.NoFigures);
        }

        private static bool Time(ref FromStart line, out double nanoseconds)
        {
            nanoseconds = 0;
            if (!line.Number(out var value))
                return false;
            if (line.Unit(out var unit))
                nanoseconds = value * unit;
            else if (line.Byte('m'))
                nanoseconds = value * 60e9;
            else if (line.Byte('h'))
                nanoseconds = value * 3600e9;
            else
                return false;
            return true;
        }
    }
}
