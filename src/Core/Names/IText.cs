using System.Diagnostics.CodeAnalysis;

namespace Paddock.Core.Names;

/// <summary>
/// A validated text: every instance satisfies the type's rule. Routes, JSON and command line all parse with this
/// interface.
/// </summary>
public interface IText<TSelf> : IParsable<TSelf>
    where TSelf : IText<TSelf>
{
    /// <summary>The name of the kind of text, for messages: "branch name".</summary>
    static abstract string Noun { get; }

    /// <summary>
    /// The allowed texts, for messages, without a full stop: "1 to 64 bytes without blanks at either end".
    /// </summary>
    static abstract string Rule { get; }

    static abstract bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out TSelf value);

    static TSelf IParsable<TSelf>.Parse(string text, IFormatProvider? provider) =>
        TSelf.TryParse(text, out var value) ? value : throw new FormatException(Text.Refusal<TSelf>(text));

    static bool IParsable<TSelf>.TryParse(
        [NotNullWhen(true)] string? text,
        IFormatProvider? provider,
        [MaybeNullWhen(false)] out TSelf value
    ) => TSelf.TryParse(text, out value);
}

public static class Text
{
    private const int QuotedMax = 80;

    /// <summary>The message for a refused text: what was expected, what was given, and what is allowed.</summary>
    public static string Refusal<T>(string? given)
        where T : IText<T> => $"{Quote(given)} is not a valid {T.Noun}; allowed: {T.Rule}";

    /// <summary>The text in quotation marks, truncated if it is long, so that messages stay short.</summary>
    public static string Quote(string? given)
    {
        if (given is null)
            return "null";
        return given.Length <= QuotedMax ? $"\"{given}\"" : $"\"{given[..QuotedMax]}…\"";
    }

    /// <exception cref="FormatException">The text breaks the rule; the message names the rule.</exception>
    public static T Parse<T>(string? text)
        where T : IText<T> => T.TryParse(text, out var value) ? value : throw new FormatException(Refusal<T>(text));
}
