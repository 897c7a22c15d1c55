using System.Text;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// The newest part of what a job writes, until it is told to whoever follows the job. Writing never waits, and memory
/// is bounded: where nobody takes it in time, the older part is dropped.
/// </summary>
internal sealed class LiveOutput
{
    /// <summary>
    /// As JSON six times as much at most, which fits into the shortest message that a server may allow.
    /// </summary>
    public const int BytesMax = 8 << 10;

    private const string Gap = "[...]\n";
    private readonly Lock gate = new();
    private readonly byte[] bytes = new byte[BytesMax];
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private int count;
    private bool hasGap;

    public void Write(ReadOnlySpan<byte> more)
    {
        lock (gate)
        {
            hasGap |= count + more.Length > BytesMax;
            if (more.Length > BytesMax)
                more = more[^BytesMax..];
            if (count + more.Length > BytesMax)
            {
                var kept = BytesMax - more.Length;
                Buffer.BlockCopy(bytes, count - kept, bytes, 0, kept);
                count = kept;
            }
            more.CopyTo(bytes.AsSpan(count));
            count += more.Length;
        }
    }

    /// <summary>What was written since the last call; null where that is nothing.</summary>
    public string? Take()
    {
        lock (gate)
        {
            if (count == 0)
                return null;
            // A character may not be here as a whole yet: the decoder keeps its beginning.
            var characters = new char[decoder.GetCharCount(bytes, 0, count, flush: false)];
            decoder.GetChars(bytes, 0, count, characters, 0, flush: false);
            var text = (hasGap ? Gap : "") + new string(characters);
            (count, hasGap) = (0, false);
            return text.Length == 0 ? null : text;
        }
    }
}
