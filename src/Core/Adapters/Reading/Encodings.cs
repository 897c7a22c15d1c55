using System.Text;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Detects encodings other than UTF-8 by their byte order mark: PowerShell's <c>&gt;</c> writes UTF-16.
/// </summary>
public static class Encodings
{
    // The longer marks come first, because UTF-32 begins like UTF-16.
    private static readonly (byte[] Mark, Encoding Encoding)[] Others =
    [
        ([0xff, 0xfe, 0, 0], Encoding.UTF32),
        ([0, 0, 0xfe, 0xff], new UTF32Encoding(bigEndian: true, byteOrderMark: true)),
        ([0xff, 0xfe], Encoding.Unicode),
        ([0xfe, 0xff], Encoding.BigEndianUnicode),
    ];

    /// <summary>
    /// The text in UTF-8 without its byte order mark; the same bytes if they have no mark. Call it before the bytes are
    /// decoded to a string: decoding as UTF-8 would destroy other encodings.
    /// </summary>
    public static ReadOnlySpan<byte> Utf8Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            return bytes[3..];
        if (bytes.Length < 2 || bytes[0] is not (0xff or 0xfe or 0))
            return bytes;
        foreach (var (mark, encoding) in Others)
            if (bytes.StartsWith(mark))
                return Encoding.UTF8.GetBytes(encoding.GetString(bytes[mark.Length..]));
        return bytes;
    }
}
