using System.Buffers.Binary;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Metrics;

/// <summary>
/// The key of a metric: its series, its report and its iteration within the report. A metric's public UUID is this key
/// in the form of RFC 9562 version 8, so the UUID is not stored.
/// </summary>
internal readonly record struct MetricKey(Id<Series> SeriesId, Id<Report> ReportId, uint Iteration)
{
    public const uint IterationMax = (1 << 24) - 1;
    private const long IdMax = (1L << 48) - 1;

    // Bits: series (48), version (4), upper half of the iteration (12); variant (4), lower half of the iteration
    // (12), report (48).
    public Guid ToUuid()
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SeriesId.Value, IdMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReportId.Value, IdMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Iteration, IterationMax);
        var high = ((ulong)SeriesId.Value << 16) | 0x8000 | (Iteration >> 12);
        var low = 0x8000_0000_0000_0000 | ((ulong)(Iteration & 0xfff) << 48) | (ulong)ReportId.Value;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
        return new(bytes, bigEndian: true);
    }

    /// <summary>Returns null if <see cref="ToUuid"/> did not make the UUID.</summary>
    public static MetricKey? FromUuid(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        var high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        var iteration = (uint)((high & 0xfff) << 12 | ((low >> 48) & 0xfff));
        var key = new MetricKey(new((long)(high >> 16)), new((long)(low & IdMax)), iteration);
        return key.ToUuid() == uuid ? key : null;
    }
}
