using System.Runtime.InteropServices;
using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>Serialization of a lane.</summary>
internal sealed partial class Lane
{
    public void Write(BinaryWriter to)
    {
        to.Write(Environment);
        to.Write7BitEncodedInt64(total);
        to.Write7BitEncodedInt64(start);
        to.Write((byte)(refused.Side is { } side ? 1 + (int)side : 0));
        to.Write7BitEncodedInt64(refused.Until);
        to.Write(refused.P);
        to.Write7BitEncodedInt64(earlier.From);
        to.Write7BitEncodedInt64(earlier.To);
        to.Write(unit);
        to.Write((byte)kept);
        to.Write(MemoryMarshal.AsBytes(values.AsSpan(0, kept)));
        for (var i = 0; i < kept; i++)
            to.Write7BitEncodedInt64(ats[i] - (i == 0 ? 0 : ats[i - 1]));
        WriteAll(
            to,
            serial.Count,
            serial.Sum,
            serial.Squares,
            serial.Products,
            serial.Last,
            shared.Within,
            shared.Between
        );
        to.Write7BitEncodedInt(shared.Sets);
        to.Write((byte)gross.Count);
        foreach (var (ordinal, score) in gross)
        {
            to.Write7BitEncodedInt64(ordinal);
            to.Write(score);
        }
        to.Write(pending is not null);
        if (pending is { } p)
        {
            to.Write((byte)p.Kind);
            to.Write((byte)p.Side);
            to.Write(p.Reproduced);
            to.Write7BitEncodedInt(p.Repeats);
            to.Write7BitEncodedInt64(p.From);
            to.Write7BitEncodedInt64(p.Last);
            WriteAll(to, p.P, p.Effect.Estimate, p.Effect.Low, p.Effect.High);
        }
        to.Write((byte)open.Count);
        foreach (var change in open)
            Write(to, change);
        to.Write((byte)decided.Count);
        foreach (var (change, dismissed) in decided)
        {
            Write(to, change);
            to.Write(dismissed);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not a lane.</exception>
    public static Lane Read(BinaryReader from, SeriesState owner, byte version)
    {
        Lane lane = new(owner)
        {
            Environment = from.ReadUInt64(),
            total = from.Read7BitEncodedInt64(),
            start = from.Read7BitEncodedInt64(),
            refused = new(
                from.ReadByte() is var told and > 0 ? (Side)(told - 1) : null,
                from.Read7BitEncodedInt64(),
                from.ReadDouble()
            ),
            earlier = (from.Read7BitEncodedInt64(), from.Read7BitEncodedInt64()),
            unit = from.ReadDouble(),
            kept = Few(from.ReadByte(), KeptMax),
        };
        if (lane.kept > lane.total || !(lane.unit > 0))
            throw new InvalidDataException("a lane's counts do not agree");
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(lane.values.AsSpan(0, lane.kept)));
        for (var i = 0; i < lane.kept; i++)
            lane.ats[i] = from.Read7BitEncodedInt64() + (i == 0 ? 0 : lane.ats[i - 1]);
        lane.serial = new(
            from.ReadDouble(),
            from.ReadDouble(),
            from.ReadDouble(),
            from.ReadDouble(),
            from.ReadDouble()
        );
        var (within, between) = (from.ReadDouble(), from.ReadDouble());
        lane.shared = new(from.Read7BitEncodedInt(), within, between);
        for (var n = Few(from.ReadByte(), GrossMax); n > 0; n--)
            lane.gross.Add((from.Read7BitEncodedInt64(), from.ReadSingle()));
        if (from.ReadBoolean())
        {
            var (kind, side, reproduced) = ((HitKind)from.ReadByte(), (Side)from.ReadByte(), from.ReadBoolean());
            var (repeats, first, last) = (
                from.Read7BitEncodedInt(),
                from.Read7BitEncodedInt64(),
                from.Read7BitEncodedInt64()
            );
            lane.pending = new(kind, side, first, last, from.ReadDouble(), ReadShift(from), reproduced, repeats);
        }
        for (var n = Few(from.ReadByte(), ChangesMax); n > 0; n--)
            lane.open.Add(ReadChange(from, version));
        for (var n = Few(from.ReadByte(), ChangesMax); n > 0; n--)
            lane.decided.Add((ReadChange(from, version), from.ReadBoolean()));
        return lane;
    }

    private static int Few(int count, int most) =>
        count <= most ? count : throw new InvalidDataException($"{count} where at most {most} can be");

    private static void WriteAll(BinaryWriter to, params ReadOnlySpan<double> numbers)
    {
        foreach (var number in numbers)
            to.Write(number);
    }

    private static Shift ReadShift(BinaryReader from) => new(from.ReadDouble(), from.ReadDouble(), from.ReadDouble());

    private static void Write(BinaryWriter to, KeptChange kept)
    {
        var (told, cusum) = (kept.Told, kept.Cusum);
        to.Write7BitEncodedInt(told.Number);
        to.Write((byte)((int)told.Side | (told.IsWorse ? 2 : 0) | (told.Inherited ? 4 : 0) | (int)told.Proof << 3));
        foreach (
            var number in (ReadOnlySpan<long>)
                [told.Since, told.ProvenAt, kept.From, kept.OldFrom, kept.Age, cusum.Since, kept.Start]
        )
            to.Write7BitEncodedInt64(number);
        WriteAll(to, told.Before, told.After, told.Effect.Estimate, told.Effect.Low, told.Effect.High, told.P);
        WriteAll(to, cusum.Old, cusum.New, cusum.Deviation, cusum.Correlation, cusum.Sum, kept.OldError);
    }

    private static KeptChange ReadChange(BinaryReader from, byte version)
    {
        var (number, flags) = (from.Read7BitEncodedInt(), from.ReadByte());
        var (since, provenAt) = (from.Read7BitEncodedInt64(), from.Read7BitEncodedInt64());
        var (first, oldFrom, age) = (
            from.Read7BitEncodedInt64(),
            from.Read7BitEncodedInt64(),
            (int)from.Read7BitEncodedInt64()
        );
        var zero = (int)from.Read7BitEncodedInt64();
        // Version 1 does not have it; the change is then not located again.
        var start = version > 1 ? from.Read7BitEncodedInt64() : first;
        Change told = new(
            number,
            (Side)(flags & 1),
            (flags & 2) != 0,
            since,
            provenAt,
            from.ReadDouble(),
            from.ReadDouble(),
            ReadShift(from),
            (Proof)(flags >> 3),
            from.ReadDouble(),
            (flags & 4) != 0
        );
        return new(told)
        {
            From = first,
            OldFrom = oldFrom,
            Start = start,
            Age = age,
            Cusum = new(
                from.ReadDouble(),
                from.ReadDouble(),
                from.ReadDouble(),
                from.ReadDouble(),
                from.ReadDouble(),
                zero
            ),
            OldError = from.ReadDouble(),
        };
    }
}
