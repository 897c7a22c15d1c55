using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Paddock.Server.Machines.Jobs;

/// <summary>The position of a value in a stored output.</summary>
/// <param name="Iteration">Null for values of the whole job.</param>
/// <param name="Name">The JSON name: exit_code, stdout, stderr, output, duration, truncated or error.</param>
/// <param name="File">The file's path, if the value is the text of a file.</param>
internal readonly record struct OutputPlace(int? Iteration, string Name, string? File);

internal delegate void TakeText(ReadOnlySpan<byte> utf8);

/// <summary>
/// Reads a stored output (<see cref="Core.Wire.JobOutput"/>) one buffer at a time. The framework's JSON reader would
/// hold each text as a whole, and one text may have a hundred megabytes.
/// </summary>
/// <param name="begin">Called for each text value; returns the receiver of its bytes, or null to skip them.</param>
/// <param name="tell">Called for each other value: numbers and words, and each name in <c>truncated</c>.</param>
internal sealed class OutputScan(Func<OutputPlace, TakeText?> begin, Action<OutputPlace, string> tell)
{
    private const int BufferBytes = 32 << 10,
        ShortBytesMax = 64 << 10,
        DepthMax = 8;
    private static readonly SearchValues<byte> Special = SearchValues.Create("\"\\"u8);

    private readonly List<Frame> frames = [];
    private readonly ArrayBufferWriter<byte> small = new(); // The name, number or word being read.
    private TakeText? take;
    private bool isShort;
    private State state;
    private int hexLeft;
    private char unit,
        high;

    private enum State
    {
        Between,
        Text,
        Escape,
        Hex,
        Word,
    }

    private struct Frame
    {
        public bool IsObject;
        public string? Key;
        public int Index;
    }

    /// <returns>True when the document was complete.</returns>
    /// <param name="next">Awaited after each buffer.</param>
    public async Task<bool> ReadAsync(Stream stored, Func<ValueTask>? next, CancellationToken ct)
    {
        var (buffer, any) = (new byte[BufferBytes], false);
        try
        {
            while (await stored.ReadAsync(buffer, ct) is > 0 and var count)
            {
                any = true;
                Take(buffer.AsSpan(0, count));
                if (next is not null)
                    await next();
            }
        }
        catch (JsonException)
        {
            return false;
        }
        return any && frames.Count == 0 && state == State.Between;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (state == State.Text)
            {
                var end = bytes.IndexOfAny(Special);
                Emit(bytes[..(end < 0 ? bytes.Length : end)]);
                if (end < 0)
                    return;
                if (bytes[end] == (byte)'"')
                    EndText();
                else
                    state = State.Escape;
                bytes = bytes[(end + 1)..];
                continue;
            }
            if (state == State.Word && !IsOfWord(bytes[0]))
                EndWord();
            switch (state)
            {
                case State.Escape:
                    Escaped(bytes[0]);
                    break;
                case State.Hex:
                    Hex(bytes[0]);
                    break;
                case State.Word:
                    Short(bytes[..1]);
                    break;
                default:
                    Between(bytes[0]);
                    break;
            }
            bytes = bytes[1..];
        }
    }

    private void Between(byte at)
    {
        switch ((char)at)
        {
            case '{' or '[':
                if (frames.Count == DepthMax)
                    throw new JsonException("too deep");
                frames.Add(new() { IsObject = at == '{' });
                break;
            case '}' or ']':
                if (frames.Count == 0)
                    throw new JsonException("ends twice");
                frames.RemoveAt(frames.Count - 1);
                break;
            case ',':
                if (frames.Count == 0)
                    throw new JsonException("two documents");
                frames[^1] = frames[^1] with { Key = null, Index = frames[^1].Index + 1 };
                break;
            case '"':
                (state, high) = (State.Text, '\0');
                small.Clear();
                take =
                    (isShort = IsKey || Place is null or { Name: "truncated" })
                        ? Short
                        : begin(Place!.Value) ?? (_ => { });
                break;
            case ':' or ' ' or '\n' or '\r' or '\t':
                break;
            default:
                small.Clear();
                Short([at]);
                state = State.Word;
                break;
        }
    }

    private bool IsKey => frames is [.., { IsObject: true, Key: null }];

    private OutputPlace? Place =>
        frames switch
        {
            [{ Key: { } name }] => new(null, name, null),
            [{ Key: "results" }, { IsObject: false, Index: var iteration }, { Key: { } name }] => new(
                iteration,
                name,
                null
            ),
            [{ Key: "results" }, { IsObject: false, Index: var iteration }, { Key: "output" }, { Key: { } file }] =>
                new(iteration, "output", file),
            [
                { Key: "results" },
                { IsObject: false, Index: var iteration },
                { Key: "truncated" },
                { IsObject: false },
            ] => new(iteration, "truncated", null),
            _ => null,
        };

    private void EndText()
    {
        Flush();
        state = State.Between;
        if (!isShort)
            return;
        var said = Encoding.UTF8.GetString(small.WrittenSpan);
        if (IsKey)
            frames[^1] = frames[^1] with { Key = said };
        else if (Place is { } place)
            tell(place, said);
    }

    private void EndWord()
    {
        state = State.Between;
        if (Place is { } place)
            tell(place, Encoding.UTF8.GetString(small.WrittenSpan));
    }

    private static bool IsOfWord(byte at) =>
        char.IsAsciiLetterOrDigit((char)at) || at is (byte)'.' or (byte)'-' or (byte)'+';

    private void Short(ReadOnlySpan<byte> bytes)
    {
        if (small.WrittenCount + bytes.Length > ShortBytesMax)
            throw new JsonException("a name is too long");
        small.Write(bytes);
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        Flush();
        take!(bytes);
    }

    private void Escaped(byte at)
    {
        (state, hexLeft, unit) = (at == (byte)'u' ? State.Hex : State.Text, 4, '\0');
        if (state == State.Text)
            Emit([
                at switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    _ => at,
                },
            ]);
    }

    // Characters above U+FFFF are escaped as two UTF-16 units.
    private void Hex(byte at)
    {
        unit = (char)(
            unit << 4
            | (
                char.IsAsciiHexDigit((char)at)
                    ? (at <= (byte)'9' ? at - '0' : (at | 0x20) - 'a' + 10)
                    : throw new JsonException("no hexadecimal digit")
            )
        );
        if (--hexLeft > 0)
            return;
        state = State.Text;
        if (high != '\0' && char.IsLowSurrogate(unit))
        {
            var pair = new Rune(high, unit);
            high = '\0';
            Write(pair);
        }
        else
        {
            Flush();
            if (char.IsHighSurrogate(unit))
                high = unit;
            else
                Write(Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar);
        }
    }

    private void Flush()
    {
        if (high == '\0')
            return;
        high = '\0';
        Write(Rune.ReplacementChar);
    }

    private void Write(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        take!(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
