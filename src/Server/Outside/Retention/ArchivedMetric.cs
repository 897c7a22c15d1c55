using System.Text.Json.Serialization;
using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Parquet;
using Parquet.Serialization;

namespace Paddock.Server.Outside.Retention;

/// <summary>A row of an archive. It has the columns of an export, and more that an import needs.</summary>
internal sealed class ArchivedMetric
{
    public const string Media = "application/vnd.apache.parquet";

    [JsonPropertyName("report")]
    public string Report { get; set; } = "";

    /// <summary>
    /// The key by which an import identifies the report: its idempotency key, or its UUID if it has none.
    /// </summary>
    [JsonPropertyName("key")]
    public string Key { get; set; } = "";

    [JsonPropertyName("branch")]
    public string Branch { get; set; } = "";

    [JsonPropertyName("version")]
    public long Version { get; set; }

    [JsonPropertyName("hash")]
    public string? Hash { get; set; }

    [JsonPropertyName("testbed")]
    public string Testbed { get; set; } = "";

    [JsonPropertyName("time")]
    public DateTime Time { get; set; }

    [JsonPropertyName("end_time")]
    public DateTime EndTime { get; set; }

    [JsonPropertyName("adapter")]
    public string Adapter { get; set; } = "";

    [JsonPropertyName("iteration")]
    public int Iteration { get; set; }

    [JsonPropertyName("benchmark")]
    public string Benchmark { get; set; } = "";

    [JsonPropertyName("measure")]
    public string Measure { get; set; } = "";

    [JsonPropertyName("unit")]
    public string Unit { get; set; } = "";

    [JsonPropertyName("value")]
    public double Value { get; set; }

    [JsonPropertyName("lower")]
    public double? Lower { get; set; }

    [JsonPropertyName("upper")]
    public double? Upper { get; set; }

    [JsonPropertyName("baseline")]
    public double? Baseline { get; set; }

    [JsonPropertyName("lower_limit")]
    public double? LowerLimit { get; set; }

    [JsonPropertyName("upper_limit")]
    public double? UpperLimit { get; set; }

    public static async Task<MemoryStream> WriteAsync(IReadOnlyList<ArchivedMetric> rows, CancellationToken ct)
    {
        var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(
            rows,
            file,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd },
            cancellationToken: ct
        );
        file.Position = 0;
        return file;
    }

    public static async Task<IReadOnlyList<ArchivedMetric>> ReadAsync(Stream file, CancellationToken ct) =>
        [.. (await ParquetSerializer.DeserializeAsync<ArchivedMetric>(file, cancellationToken: ct)).Data];

    /// <summary>Groups rows into reports as an export has them; the rows must be sorted by report.</summary>
    public static IEnumerable<ExportedReport> Reports(IReadOnlyList<ArchivedMetric> rows)
    {
        for (var i = 0; i < rows.Count; )
        {
            var (first, units) = (rows[i], new Dictionary<string, string>());
            var results = new List<Dictionary<string, Dictionary<string, ExportedValue>>>();
            for (; i < rows.Count && rows[i].Report == first.Report; i++)
            {
                var row = rows[i];
                while (results.Count <= row.Iteration)
                    results.Add([]);
                var benchmarks = results[row.Iteration];
                if (!benchmarks.TryGetValue(row.Benchmark, out var measures))
                    benchmarks.Add(row.Benchmark, measures = []);
                measures[row.Measure] = new(row.Value, row.Lower, row.Upper);
                units[row.Measure] = row.Unit;
            }
            yield return new(
                Guid.Parse(first.Key),
                first.Branch,
                first.Testbed,
                new(DateTime.SpecifyKind(first.Time, DateTimeKind.Utc)),
                new(DateTime.SpecifyKind(first.EndTime, DateTimeKind.Utc)),
                Words<Adapter>.TryParse(first.Adapter, out var adapter) ? adapter : Core.Adapters.Adapter.Magic,
                results,
                units,
                GitHash.TryParse(first.Hash, out var hash) ? hash : null
            );
        }
    }
}
