using System.Text;
using Paddock.Server.Ground.Pages;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// LIKE for searches on the embedded database. SQLite's own LIKE backtracks after every failed attempt: a pattern of
/// 500 letters on a name of 1 KB took 1.5 ms. This one reads the name once. Both operands are already in lower case, so
/// letters are compared exactly.
/// </summary>
internal static class SqliteLike
{
    public static void Register(sqlite3 handle)
    {
        LikePattern? last = null; // A statement uses the same pattern for every row.
        const int flags = raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC;
        var code = raw.sqlite3_create_function(handle, "like", 2, flags, null, (context, _, arguments) =>
        {
            if (
                raw.sqlite3_value_type(arguments[0]) == raw.SQLITE_NULL
                || raw.sqlite3_value_type(arguments[1]) == raw.SQLITE_NULL
            )
            {
                raw.sqlite3_result_null(context);
                return;
            }
            var pattern = Bytes(arguments[0]);
            if (last is null || !last.Is(pattern))
                last = new(pattern);
            raw.sqlite3_result_int(context, last.Matches(Bytes(arguments[1])) ? 1 : 0);
        });
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException($"SQLite refused to register a function: {code}");
    }

    // A text value's UTF-8 bytes.
    private static ReadOnlySpan<byte> Bytes(sqlite3_value value) => raw.sqlite3_value_blob(value);
}

/// <summary>
/// A pattern of SQL's LIKE: % matches any text, _ any one letter. Each part between two % is searched for from where
/// the previous one ended. A part with _ is matched by a bit-parallel automaton, one bit for each letter, so no text
/// causes backtracking.
/// </summary>
internal sealed class LikePattern
{
    private readonly byte[] text;

    // The texts between the %. The first part must match at the beginning, the last one at the end.
    private readonly Part[] parts;

    public LikePattern(ReadOnlySpan<byte> pattern)
    {
        text = pattern.ToArray();
        parts = Array.ConvertAll(Encoding.UTF8.GetString(pattern).Split('%'), part => new Part(part));
    }

    public bool Is(ReadOnlySpan<byte> pattern) => pattern.SequenceEqual(text);

    public bool Matches(ReadOnlySpan<byte> value)
    {
        if (parts.Length == 1)
            return parts[0].AtStart(value) == value.Length;
        if (parts[0].AtStart(value) is not (>= 0 and var start))
            return false;
        value = value[start..];
        foreach (var part in parts.AsSpan(1..^1))
        {
            if (part.EndIn(value) is not (>= 0 and var end))
                return false;
            value = value[end..];
        }
        return parts[^1].IsAtEnd(value);
    }

    private sealed class Part
    {
        private const int WordBits = 64;
        private static readonly Rune Any = new('_');

        private readonly byte[] bytes;
        private readonly Rune[] letters;
        private readonly bool hasAny;

        // For each letter, the positions in the part that it matches.
        private readonly Dictionary<int, ulong[]> masks = [];
        private readonly ulong[] anyMask;

        public Part(string part)
        {
            bytes = Encoding.UTF8.GetBytes(part);
            letters = [.. part.EnumerateRunes()];
            hasAny = part.Contains('_', StringComparison.Ordinal);
            anyMask = new ulong[(letters.Length + WordBits - 1) / WordBits];
            if (!hasAny)
                return;
            for (var i = 0; i < letters.Length; i++)
                if (letters[i] == Any)
                    anyMask[i / WordBits] |= 1UL << (i % WordBits);
            for (var i = 0; i < letters.Length; i++)
            {
                if (letters[i] == Any)
                    continue;
                var letter = letters[i].Value;
                if (!masks.TryGetValue(letter, out var mask))
                    masks.Add(letter, mask = [.. anyMask]);
                mask[i / WordBits] |= 1UL << (i % WordBits);
            }
        }

        /// <returns>The number of bytes that the part matches at the beginning, or -1 if it does not match
        /// there.</returns>
        public int AtStart(ReadOnlySpan<byte> value)
        {
            if (!hasAny)
                return value.StartsWith(bytes) ? bytes.Length : -1;
            var taken = 0;
            foreach (var letter in letters)
            {
                if (taken == value.Length)
                    return -1;
                Rune.DecodeFromUtf8(value[taken..], out var found, out var length);
                if (letter != Any && letter != found)
                    return -1;
                taken += length;
            }
            return taken;
        }

        public bool IsAtEnd(ReadOnlySpan<byte> value)
        {
            if (!hasAny)
                return value.EndsWith(bytes);
            var at = value.Length;
            for (var i = 0; i < letters.Length; i++)
            {
                if (at == 0)
                    return false;
                Rune.DecodeLastFromUtf8(value[..at], out _, out var length);
                at -= length;
            }
            return AtStart(value[at..]) >= 0;
        }

        /// <returns>The end of the first match, or -1 if there is none.</returns>
        public int EndIn(ReadOnlySpan<byte> value)
        {
            if (bytes.Length == 0)
                return 0;
            if (!hasAny)
                return value.IndexOf(bytes) is >= 0 and var start ? start + bytes.Length : -1;
            // Bit i is set when the first i + 1 letters of the part match the text that ends here.
            Span<ulong> state = stackalloc ulong[anyMask.Length];
            state.Clear();
            var (last, bit) = ((letters.Length - 1) / WordBits, 1UL << ((letters.Length - 1) % WordBits));
            for (var at = 0; at < value.Length; )
            {
                Rune.DecodeFromUtf8(value[at..], out var letter, out var length);
                at += length;
                var mask = masks.GetValueOrDefault(letter.Value, anyMask);
                var carry = 1UL;
                for (var i = 0; i < state.Length; i++)
                {
                    var next = state[i] >> (WordBits - 1);
                    state[i] = ((state[i] << 1) | carry) & mask[i];
                    carry = next;
                }
                if ((state[last] & bit) != 0)
                    return at;
            }
            return -1;
        }
    }
}
