namespace Paddock.Server.Metrics;

/// <summary>
/// The series that a report has metrics in, packed: ascending keys as variable-length differences, about one byte each. So a report finds
/// its metrics, which lie with their series, without an index on the biggest table.
/// </summary>
internal static class SeriesList
{
    public static byte[] Pack(IEnumerable<long> series)
    {
        using var bytes = new MemoryStream();
        var last = 0L;
        foreach (var id in series.Distinct().Order())
        {
            var difference = (ulong)(id - last);
            last = id;
            for (; difference >= 0x80; difference >>= 7) bytes.WriteByte((byte)(difference | 0x80));
            bytes.WriteByte((byte)difference);
        }
        return bytes.ToArray();
    }

    public static long[] Unpack(byte[] packed)
    {
        var series = new List<long>(packed.Length);
        var last = 0L;
        for (var at = 0; at < packed.Length;)
        {
            ulong difference = 0;
            for (var shift = 0; ; shift += 7)
            {
                var part = packed[at++];
                difference |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80) break;
            }
            last += (long)difference;
            series.Add(last);
        }
        return [.. series];
    }
}
