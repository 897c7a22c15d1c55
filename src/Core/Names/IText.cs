using System.Diagnostics.CodeAnalysis;

namespace Paddock.Core.Names;

/// <summary>
/// A text with a rule. Whoever holds one knows that the rule holds; routes, JSON and command line all parse with it.
/// </summary>
public interface IText<TSelf> : IParsable<TSelf>
    where TSelf : IText<TSelf>
{
    /// <summary>What it is, for messages: "branch name".</summary>
    static abstract string Noun { get; }

    /// <summary>
    /// What is allowed, for messages, without a full stop: "1 to 64 bytes without blanks at either end".
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

    /// <summary>Why a text was refused: what it should have been, what was given, and what is allowed.</summary>
    public static string Refusal<T>(string? given)
        where T : IText<T> => $"{Quote(given)} is not a valid {T.Noun}; allowed: {T.Rule}";

    /// <summary>The text in quotation marks, cut where it is long: messages have an end too.</summary>
    public static string Quote(string? given)
    {
        if (given is null)
            return "null";
        return given.Length <= QuotedMax ? $"\"{given}\"" : $"\"{given[..QuotedMax]}…\"";
    }

    /// <exception cref="FormatException">The rule does not hold; the message names it.</exception>
    public static T Parse<T>(string? text)
        where T : IText<T> => T.TryParse(text, out var value) ? value : throw new FormatException(Refusal<T>(text));
}
