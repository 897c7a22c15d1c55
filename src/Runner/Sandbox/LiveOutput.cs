using System.Text;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// A bounded buffer of a job's newest output, for those who follow the job. Writing never blocks: when the output is
/// not taken in time, its older part is dropped.
/// </summary>
internal sealed class LiveOutput
{
    /// <summary>
    /// Most bytes in the buffer. JSON escapes make them at most six times as long, which still fits into the shortest
    /// message limit that a server may set.
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

    /// <summary>Takes the output since the last call; null when there is none.</summary>
    public string? Take()
    {
        lock (gate)
        {
            if (count == 0)
                return null;
            // The last character may be incomplete; the decoder keeps its first bytes for the next call.
            var characters = new char[decoder.GetCharCount(bytes, 0, count, flush: false)];
            decoder.GetChars(bytes, 0, count, characters, 0, flush: false);
            var text = (hasGap ? Gap : "") + new string(characters);
            (count, hasGap) = (0, false);
            return text.Length == 0 ? null : text;
        }
    }
}
