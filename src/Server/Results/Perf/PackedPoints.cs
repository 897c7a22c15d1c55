using System.Buffers;
using System.Runtime.InteropServices;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Encodes the points of one series as bytes, column by column. Integers are stored as differences to the previous
/// point, in as few bytes as they need. Floating-point numbers keep their memory layout, and a column without values is
/// omitted.
/// </summary>
internal static class PackedPoints
{
    private const int Wholes = 5; // Version, start time, report, iteration, model.
    private const byte Missing = 0,
        Present = 1;

    public static byte[] Write(ReadOnlySpan<Point> points)
    {
        using var stream = new MemoryStream(points.Length * 24);
        using var writer = new BinaryWriter(stream);
        Whole(writer, points, (in Point p) => p.VersionId);
        Whole(writer, points, (in Point p) => p.StartTime);
        Whole(writer, points, (in Point p) => p.ReportId);
        Whole(writer, points, (in Point p) => p.Iteration);
        Whole(writer, points, (in Point p) => p.ModelId);
        Real(writer, points, (in Point p) => p.Value);
        Real(writer, points, (in Point p) => p.LowerValue);
        Real(writer, points, (in Point p) => p.UpperValue);
        Real(writer, points, (in Point p) => p.Baseline);
        Real(writer, points, (in Point p) => p.LowerLimit);
        Real(writer, points, (in Point p) => p.UpperLimit);
        writer.Flush();
        return stream.ToArray();
    }

    /// <param name="points">Its length must be the number of points written.</param>
    public static void Read(ReadOnlySpan<byte> bytes, Id<Series> seriesId, Span<Point> points)
    {
        var count = points.Length;
        var wholes = ArrayPool<long>.Shared.Rent(Wholes * count);
        try
        {
            for (var column = 0; column < Wholes; column++)
                ReadWhole(ref bytes, wholes.AsSpan(column * count, count));
            var versions = wholes.AsSpan(0, count);
            var starts = wholes.AsSpan(count, count);
            var reports = wholes.AsSpan(2 * count, count);
            var iterations = wholes.AsSpan(3 * count, count);
            var models = wholes.AsSpan(4 * count, count);
            var value = ReadReal(ref bytes, count);
            var lower = ReadReal(ref bytes, count);
            var upper = ReadReal(ref bytes, count);
            var baseline = ReadReal(ref bytes, count);
            var lowerLimit = ReadReal(ref bytes, count);
            var upperLimit = ReadReal(ref bytes, count);
            for (var i = 0; i < count; i++)
                points[i] = new(
                    seriesId,
                    new(versions[i]),
                    starts[i],
                    new(reports[i]),
                    (uint)iterations[i],
                    At(value, i),
                    At(lower, i),
                    At(upper, i),
                    new(models[i]),
                    At(baseline, i),
                    At(lowerLimit, i),
                    At(upperLimit, i)
                );
        }
        finally
        {
            ArrayPool<long>.Shared.Return(wholes);
        }
    }

    private delegate T Part<T>(in Point point);

    private static void Whole(BinaryWriter writer, ReadOnlySpan<Point> points, Part<long> of)
    {
        var before = 0L;
        foreach (ref readonly var point in points)
        {
            var difference = of(in point) - before;
            before = of(in point);
            // Zigzag encoding: small numbers of either sign are short.
            writer.Write7BitEncodedInt64((difference << 1) ^ (difference >> 63));
        }
    }

    private static void Real(BinaryWriter writer, ReadOnlySpan<Point> points, Part<double> of)
    {
        var numbers = new double[points.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = of(in points[i]);
        var isMissing = Array.TrueForAll(numbers, double.IsNaN);
        writer.Write(isMissing ? Missing : Present);
        if (!isMissing)
            writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }

    private static void ReadWhole(ref ReadOnlySpan<byte> bytes, Span<long> numbers)
    {
        var (at, before) = (0, 0L);
        for (var i = 0; i < numbers.Length; i++)
        {
            ulong bits = bytes[at++];
            if (bits >= 0x80)
            {
                bits &= 0x7f;
                for (var shift = 7; ; shift += 7)
                {
                    ulong next = bytes[at++];
                    bits |= (next & 0x7f) << shift;
                    if (next < 0x80)
                        break;
                }
            }
            before += (long)(bits >> 1) ^ -(long)(bits & 1);
            numbers[i] = before;
        }
        bytes = bytes[at..];
    }

    private static ReadOnlySpan<double> ReadReal(ref ReadOnlySpan<byte> bytes, int count)
    {
        var isMissing = bytes[0] == Missing;
        var numbers = isMissing ? default : MemoryMarshal.Cast<byte, double>(bytes.Slice(1, count * sizeof(double)));
        bytes = bytes[(1 + numbers.Length * sizeof(double))..];
        return numbers;
    }

    private static double At(ReadOnlySpan<double> numbers, int i) => numbers.IsEmpty ? double.NaN : numbers[i];
}
