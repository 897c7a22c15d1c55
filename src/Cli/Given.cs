using System.CommandLine.Parsing;

namespace Paddock.Cli;

/// <summary>
/// Carries values through System.CommandLine unchanged. That parser would split a value that looks like an option
/// (<c>--iter=5</c>), so <see cref="SplitArguments"/> marks every value first, and the code that reads a token removes
/// the mark.
/// </summary>
internal static class Given
{
    private const char Mark = '='; // No option and no command begins with this character.

    public static string Marked(string value) => Mark + value;

    /// <summary>The value as the user wrote it.</summary>
    public static string Value(this Token token) => token.Value[1..];

    /// <inheritdoc cref="Value(Token)"/>
    public static string Value(string token) => token[1..];
}
