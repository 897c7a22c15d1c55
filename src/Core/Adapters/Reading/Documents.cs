using System.Text.Json;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// The JSON documents of an output, in order: alone, directly after one another, or each on its own lines between lines
/// of text, as tools print them that write text for people to the same stream.
/// </summary>
internal ref struct Documents(ReadOnlySpan<byte> utf8, char start, ReadOnlySpan<byte> key, ReadOnlySpan<byte> other)
{
    // Limits for parsing text that turns out not to be JSON, since every line of an output may begin like a document:
    // this many times the output's length, and this many failures.
    private const int VainMax = 16;
    private const int FailuresMax = 2000;

    private readonly ReadOnlySpan<byte> key = key,
        other = other;
    private readonly byte open = (byte)start;
    private ReadOnlySpan<byte> utf8 = utf8;
    private int at;
    private bool isLineStart = true,
        isQuoted,
        mayGoOn = true;
    private long vain;
    private int failures;
    private int keyAt = -1;

    // The number of line ends before a place. Counted on from the last place, since counting from the start for each
    // document would be quadratic.
    private int counted,
        ends;

    /// <summary>The position where the current document begins.</summary>
    public readonly int Start => at;

    /// <summary>The line number of a position, from 1.</summary>
    public readonly int LineOf(int place) => utf8[..Math.Min(utf8.Length, place)].Count((byte)'\n') + 1;

    /// <summary>The reason why the last document could not be read.</summary>
    public string Why { get; private set; } = "";

    /// <summary>
    /// True when the last document must be read again, because its text was changed (see <see cref="BareNumbers"/>).
    /// </summary>
    public bool IsAgain { get; private set; }

    /// <summary>True when the last document is the first, and nothing follows it.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>
    /// The number, from 1, of the last line on which a document stopped being what was expected; 0 if none did.
    /// </summary>
    public int FaultLine { get; private set; }

    /// <summary>Moves to the next position where a document may begin.</summary>
    public bool Next()
    {
        while (mayGoOn && at < utf8.Length)
        {
            var blanks = utf8[at..].IndexOfAnyExcept(" \t\r\n"u8);
            if (blanks < 0)
                return false;
            isLineStart |= utf8.Slice(at, blanks).IndexOf((byte)'\n') >= 0;
            at += blanks;
            if (isLineStart && MayBegin(utf8[at..]) && (utf8[at] == open || Skip()))
            {
                if (utf8[at..] is [var first, ..] && first == open && isLineStart)
                    return true;
                continue;
            }
            NextLine();
        }
        return false;
    }

    /// <summary>Reads the document at the current position, and moves past it.</summary>
    /// <returns>False if there is no document, or not one that <paramref name="read"/> accepts.</returns>
    public bool Read(Json.Reader read)
    {
        IsAgain = IsAlone = false;
        var isBroken = false;
        var json = new Utf8JsonReader(utf8[at..], Json.Options);
        try
        {
            if (json.Read() && read(ref json))
            {
                IsAlone = utf8[..at].IndexOfAnyExcept(" \t\r\n"u8) < 0;
                at += (int)json.BytesConsumed;
                var rest = utf8[at..].TrimStart(" \t\r"u8);
                if (rest is [not ((byte)'\n' or (byte)'{' or (byte)'['), ..])
                {
                    Why = "text follows on its last line";
                    NoteFault(at);
                    NextLine();
                    return false;
                }
                IsAlone &= rest.IndexOfAnyExcept(" \t\r\n"u8) < 0;
                return isLineStart = true;
            }
            Why = "it does not have the expected form";
            NoteFault(at + (int)json.TokenStartIndex);
        }
        catch (Exception e) when (Json.IsMalformed(e))
        {
            if (IsAgain = Quote())
                return false;
            Why = "it is incomplete, or not JSON";
            NoteFault(at + (int)json.BytesConsumed);
            if (isBroken = e is JsonException)
                Fail(json.BytesConsumed);
        }
        // If the rest of the output does not contain the key, there is no need to find the end of this document.
        mayGoOn &= KeyFollows(Math.Min(utf8.Length, at + (int)json.BytesConsumed));
        if (mayGoOn && (isBroken || !Skip()))
            NextLine();
        return false;
    }

    // The character after the bracket tells a document from a line like "[INFO] …", without the cost of an exception.
    private static bool MayBegin(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)'{' or (byte)'['))
            return false;
        var next = text[1..].IndexOfAnyExcept(" \t\r\n"u8);
        return next < 0
            || (
                text[0] == '{'
                    ? text[next + 1] is (byte)'"' or (byte)'}'
                    : text[next + 1] is (byte)'{' or (byte)'[' or (byte)']' or (byte)'"'
            );
    }

    // Skips a whole document of any kind.
    private bool Skip()
    {
        var json = new Utf8JsonReader(utf8[at..], Json.Options);
        try
        {
            json.Read();
            json.Skip();
            at += (int)json.BytesConsumed;
            isLineStart = true;
            return true;
        }
        catch (Exception e) when (Json.IsMalformed(e))
        {
            Fail(json.BytesConsumed);
            return false;
        }
    }

    private void Fail(long bytes) =>
        mayGoOn &= (vain += bytes) <= (long)VainMax * utf8.Length && ++failures < FailuresMax;

    private void NextLine()
    {
        var end = utf8[at..].IndexOf((byte)'\n');
        at = end < 0 ? utf8.Length : at + end + 1;
        isLineStart = true;
    }

    // Done once for all documents, and only when one of them is not valid JSON.
    private bool Quote()
    {
        if (isQuoted)
            return false;
        isQuoted = true;
        if (BareNumbers.Quoted(utf8[at..]) is not { } quoted)
            return false;
        utf8 = (byte[])[.. utf8[..at], .. quoted];
        return true;
    }

    private bool KeyFollows(int place)
    {
        if (keyAt >= place)
            return true;
        var (next, alternative) = (utf8[place..].IndexOf(key), other.IsEmpty ? -1 : utf8[place..].IndexOf(other));
        if (next < 0 || alternative >= 0 && alternative < next)
            next = alternative;
        keyAt = next < 0 ? -1 : place + next;
        return next >= 0;
    }

    private void NoteFault(int place)
    {
        place = Math.Min(utf8.Length, place);
        if (place > counted)
            (counted, ends) = (place, ends + utf8[counted..place].Count((byte)'\n'));
        FaultLine = ends + 1;
    }
}
