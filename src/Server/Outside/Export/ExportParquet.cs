using System.Buffers;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Reports;
using Parquet;
using Parquet.Schema;

namespace Paddock.Server.Outside.Export;

/// <summary>The rows of <see cref="ExportTable"/> as a Parquet file, for data analysis programs.</summary>
internal sealed class ExportParquet(ExportedReports reports)
{
    public const string Media = "application/vnd.apache.parquet";

    /// <summary>The rows held in memory until their row group is written.</summary>
    private const int RowsMax = 20_000;

    private static readonly List<Column> Columns =
    [
        new TextColumn("report", row => row.Report.Report.Uuid.ToString()),
        new TextColumn("branch", row => row.Report.Branch.Name),
        new NumberColumn<long>("version", row => row.Report.Version.Number),
        new TextColumn("hash", row => row.Report.Version.Hash),
        new TextColumn("testbed", row => row.Report.Testbed.Name),
        new NumberColumn<DateTime>("time", row => row.Report.Report.StartTime.UtcDateTime),
        new NumberColumn<int>("iteration", row => (int)row.Metric.Iteration),
        new TextColumn("benchmark", row => row.Metric.Benchmark.Name),
        new TextColumn("measure", row => row.Metric.Measure.Name),
        new TextColumn("unit", row => row.Metric.Measure.Units),
        new NumberColumn<double>("value", row => row.Metric.Metric.Value),
        new MaybeColumn("lower", row => row.Metric.Metric.LowerValue),
        new MaybeColumn("upper", row => row.Metric.Metric.UpperValue),
        new MaybeColumn("baseline", row => row.Metric.Boundary.Baseline),
        new MaybeColumn("lower_limit", row => row.Metric.Boundary.LowerLimit),
        new MaybeColumn("upper_limit", row => row.Metric.Boundary.UpperLimit),
    ];

    private sealed record ParquetRow(StoredReport Report, ReportMetric Metric);

    public async Task WriteAsync(Flow flow)
    {
        var schema = new ParquetSchema(Columns.Select(column => column.Field));
        await using var stream = new FlowStream(flow);
        await using var writer = await ParquetWriter.CreateAsync(
            schema,
            stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd },
            append: false,
            flow.Ct
        );
        var rows = new List<ParquetRow>();
        await foreach (var report in reports.ReadAsync(flow.Ct))
        {
            rows.AddRange(report.Metrics.Select(metric => new ParquetRow(report.Stored, metric)));
            if (rows.Count >= RowsMax)
                await WriteGroupAsync(writer, rows, flow.Ct);
        }
        if (rows.Count > 0)
            await WriteGroupAsync(writer, rows, flow.Ct);
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, List<ParquetRow> rows, CancellationToken ct)
    {
        using var group = writer.CreateRowGroup();
        foreach (var column in Columns)
            await column.WriteAsync(group, rows, ct);
        group.CompleteValidate();
        rows.Clear();
    }

    private abstract class Column(DataField data)
    {
        public DataField Field => data;

        public abstract Task WriteAsync(ParquetRowGroupWriter group, List<ParquetRow> rows, CancellationToken ct);
    }

    private sealed class TextColumn(string name, Func<ParquetRow, string?> value) : Column(new DataField<string>(name))
    {
        public override async Task WriteAsync(
            ParquetRowGroupWriter group,
            List<ParquetRow> rows,
            CancellationToken ct
        ) => await group.WriteAsync(Field, rows.ConvertAll(row => value(row)!), null);
    }

    private sealed class NumberColumn<T>(string name, Func<ParquetRow, T> value) : Column(new DataField<T>(name))
        where T : struct
    {
        public override async Task WriteAsync(
            ParquetRowGroupWriter group,
            List<ParquetRow> rows,
            CancellationToken ct
        ) => await group.WriteAsync<T>(Field, rows.ConvertAll(row => value(row)).ToArray().AsMemory(), null, null, ct);
    }

    private sealed class MaybeColumn(string name, Func<ParquetRow, double?> value)
        : Column(new DataField<double?>(name))
    {
        public override async Task WriteAsync(
            ParquetRowGroupWriter group,
            List<ParquetRow> rows,
            CancellationToken ct
        ) =>
            await group.WriteAsync<double>(
                Field,
                rows.ConvertAll(row => value(row)).ToArray().AsMemory(),
                null,
                null,
                ct
            );
    }

    // A Parquet file contains offsets, so the writer needs the current position.
    private sealed class FlowStream(Flow flow) : Stream
    {
        private long written;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => written;

        public override long Position
        {
            get => written;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            flow.Output.Write(buffer);
            written += buffer.Length;
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Write(buffer.Span);
            await flow.NextAsync();
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() { }

        public override Task FlushAsync(CancellationToken cancellationToken) => flow.FlushAsync().AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
