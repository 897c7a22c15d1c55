using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads Gungraun's JSON form: a summary for each benchmark, on one line or pretty-printed, among Cargo's other output.
/// </summary>
internal static class GungraunSummaries
{
    /// <param name="plain">The output without escape sequences and carriage returns.</param>
    public static Results? Read(ReadOnlySpan<byte> plain, Results results)
    {
        if (!GungraunSummary.IsIn(plain))
            return null;
        Dictionary<int, Queue<int>>? ends = null;
        for (var at = 0; at < plain.Length; )
        {
            var length = plain[at..].IndexOf((byte)'\n');
            var next = length < 0 ? plain.Length : at + length + 1;
            var line = plain[at..next].Trim(" \n"u8);
            if (line is [(byte)'{'] && BlockEnd(plain, at, ends ??= BlockEnds(plain)) is { } end)
            {
                GungraunSummary.Read(plain[at..end], results);
                next = end;
            }
            else if (line is [(byte)'{', .., (byte)'}'])
                GungraunSummary.Read(line, results);
            at = next;
        }
        return results.OrNull();
    }

    // The ends of all lines with only a closing brace, by their indentation. Found once, since a search from each
    // opening brace would be quadratic.
    private static Dictionary<int, Queue<int>> BlockEnds(ReadOnlySpan<byte> plain)
    {
        var ends = new Dictionary<int, Queue<int>>();
        for (var at = plain.IndexOf((byte)'}'); at >= 0; )
        {
            var start = plain[..at].LastIndexOf((byte)'\n') + 1;
            var length = plain[at..].IndexOf((byte)'\n');
            var end = length < 0 ? plain.Length : at + length;
            if (plain[start..end].Trim((byte)' ') is [(byte)'}'])
            {
                if (!ends.TryGetValue(at - start, out var sameIndentation))
                    ends.Add(at - start, sameIndentation = new());
                sameIndentation.Enqueue(at + 1);
            }
            var next = plain[end..].IndexOf((byte)'}');
            at = next < 0 ? -1 : end + next;
        }
        return ends;
    }

    private static int? BlockEnd(ReadOnlySpan<byte> plain, int at, Dictionary<int, Queue<int>> ends)
    {
        var indentation = plain[at..].IndexOf((byte)'{');
        if (!ends.TryGetValue(indentation, out var sameIndentation))
            return null;
        while (sameIndentation.TryPeek(out var end) && end <= at)
            sameIndentation.Dequeue();
        return sameIndentation.TryDequeue(out var found) ? found : null;
    }
}
