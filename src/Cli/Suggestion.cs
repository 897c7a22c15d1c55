namespace Paddock.Cli;

/// <summary>Suggests the word that a user probably meant to type.</summary>
internal static class Suggestion
{
    /// <summary>" Did you mean …?" with the nearest of the words; empty when none is near.</summary>
    public static string For(string word, IEnumerable<string> words)
    {
        var bare = word.TrimStart('-');
        var max = bare.Length switch
        {
            < 3 => 0,
            <= 4 => 1,
            _ => 2,
        };
        var nearest = words
            .Select(one => (Word: one, Distance: Distance(bare, one.TrimStart('-'))))
            .Where(one => one.Distance <= max)
            .OrderBy(one => one.Distance)
            .ThenBy(one => one.Word, StringComparer.Ordinal)
            .Select(one => one.Word)
            .FirstOrDefault();
        return nearest is null ? "" : $" Did you mean {nearest}?";
    }

    /// <summary>
    /// The edit distance: the number of letters to change, add, remove or swap with a neighbor (Damerau, 1964,
    /// restricted to adjacent swaps).
    /// </summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        for (var j = 1; j <= b.Length; j++)
        {
            var cost = a[i - 1] == b[j - 1] ? 0 : 1;
            rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
        }
        return rows[a.Length, b.Length];
    }
}
