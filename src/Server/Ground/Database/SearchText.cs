using System.Text;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// A text to search for in a lower-case column, like LIKE with a % on both sides; % and _ in the text are wildcards.
/// Both engines are queried in a way that never backtracks: SQLite with <see cref="SqliteLike"/>, PostgreSQL with a
/// regular expression, because its LIKE would try the whole text at every letter.
/// </summary>
internal sealed class SearchText(string text)
{
    // Same as lower() in both databases, which leaves letters outside ASCII unchanged.
    private readonly string lower = string.Concat(text.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));

    /// <summary>The SQL operator and its operand.</summary>
    public static string Operation(Engine engine, string parameter) =>
        engine == Engine.Sqlite ? $"LIKE {parameter}" : $"~ {parameter}";

    public string Operand(Engine engine) => engine == Engine.Sqlite ? $"%{lower}%" : Regex();

    private string Regex()
    {
        var regex = new StringBuilder(lower.Length * 2);
        foreach (var letter in lower)
        {
            if (letter == '%')
                regex.Append(".*");
            else if (letter == '_')
                regex.Append('.');
            else if (char.IsAscii(letter) && !char.IsAsciiLetterOrDigit(letter))
                regex.Append('\\').Append(letter);
            else
                regex.Append(letter);
        }
        return regex.ToString();
    }
}
