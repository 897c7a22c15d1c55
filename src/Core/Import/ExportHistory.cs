using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Metric = Paddock.Core.Adapters.Metric;

namespace Paddock.Core.Import;

/// <summary>Reads the JSON lines that <c>paddock export</c> writes.</summary>
public static class ExportHistory
{
    /// <exception cref="ImportException">A line is not a report. Nothing of the file is then imported.</exception>
    public static ImportedHistory Read(ReadOnlySpan<byte> utf8)
    {
        var (history, line) = (new ImportedHistory { KeepsOrder = true }, 0);
        foreach (var range in utf8.Split((byte)'\n'))
        {
            line++;
            var text = utf8[range];
            if (text.IndexOfAnyExcept(" \r\t"u8) < 0)
                continue;
            try
            {
                Add(
                    history,
                    JsonSerializer.Deserialize(text, Wire.Wire.Default.ExportedReport)
                        ?? throw new JsonException("it is null")
                );
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                throw new ImportException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"line {line} is not a report of an export ({e.Message.TrimEnd('.')}); allowed: lines that "
                            + $"paddock export writes with --format jsonl"
                    )
                );
            }
        }
        return history;
    }

    private static void Add(ImportedHistory history, ExportedReport report)
    {
        var results = report.Results.Select(iteration => ResultsOf(iteration, report.Units)).ToList();
        history.Add(
            new(
                report.IdempotencyKey,
                Text.Parse<NameId<BranchName>>(report.Branch),
                Text.Parse<NameId<ResourceName>>(report.Testbed),
                report.StartTime,
                report.EndTime,
                [.. results.Select(one => new Utf8Text(Compact.Write(report.Adapter, one)))],
                report.Hash,
                report.Adapter,
                report.StartPoint
            ),
            results
        );
    }

    private static Results ResultsOf(
        Dictionary<string, Dictionary<string, ExportedValue>> iteration,
        Dictionary<string, string> units
    )
    {
        var results = new Results();
        foreach (var (benchmark, measures) in iteration)
        {
            var into = results.Benchmark(Text.Parse<BenchmarkName>(benchmark));
            foreach (var (measure, value) in measures)
            {
                var id = BuiltInMeasure.Find(measure)?.Id
                    ?? NameId<ResourceName>.OfName(Text.Parse<ResourceName>(measure));
                into.Set(id, new Metric(value.Value, value.LowerValue, value.UpperValue));
                if (units.TryGetValue(measure, out var unit) && ResourceName.TryParse(unit, out _))
                    results.SetUnits(id, unit);
            }
        }
        results.Settle();
        return results;
    }
}
