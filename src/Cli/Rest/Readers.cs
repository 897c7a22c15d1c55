using System.Globalization;
using Paddock.Core.Names;

namespace Paddock.Cli.Rest;

/// <summary>Parsers for values that are sent as text; each returns the form that is sent.</summary>
internal static class Readers
{
    /// <summary>The word by which a user clears a value, or leaves a place in a list empty.</summary>
    public const string None = "_";

    public static bool Valid<T>(string text, out string? value, out string refusal)
        where T : IText<T>
    {
        value = DomainOption.Texts<T>()(text, out var valid, out refusal) ? valid!.ToString() : null;
        return value is not null;
    }

    public static bool Uuid(string text, out string? value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not a UUID; allowed: 8-4-4-4-12 hexadecimal digits";
        value = UuidText.TryParse(text, out var uuid) ? uuid.ToString() : null;
        return value is not null;
    }

    public static bool Token(string text, out string? value, out string refusal)
    {
        value = Credential.ReadToken(text, out _, out refusal) ? text : null;
        return value is not null;
    }

    public static bool NotEmpty(string text, out string? value, out string refusal)
    {
        refusal = "must not be empty";
        value = text.Trim().Length > 0 ? text : null;
        return value is not null;
    }

    /// <summary>Any text, including the empty one.</summary>
    public static bool Anything(string text, out string? value, out string refusal)
    {
        (value, refusal) = (text, "");
        return true;
    }

    /// <summary>An instant; returned as RFC 3339 in UTC.</summary>
    public static bool Instant(string text, out string? value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not a time; allowed: RFC 3339 such as 2025-03-01T12:00:00Z";
        value =
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && HasOffset(text)
                ? time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
                : null;
        return value is not null;

        static bool HasOffset(string text) =>
            text.EndsWith('Z') || text.EndsWith('z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf(':');
    }

    public static Reader<string> OneOf(IReadOnlyCollection<string> words) =>
        (string text, out string? value, out string refusal) =>
        {
            refusal = $"{Text.Quote(text)} is not one of {string.Join(", ", words)}";
            value = words.Contains(text) ? text : null;
            return value is not null;
        };

    public static Reader<string> OrNone(Reader<string> read) =>
        (string text, out string? value, out string refusal) =>
        {
            // Checked first, because "_" is also a valid name.
            if (text == None)
            {
                (value, refusal) = (None, "");
                return true;
            }
            if (read(text, out value, out refusal))
                return true;
            refusal += $", or {None} for none";
            return false;
        };

    /// <summary>A whole number from 1 to <c>max</c>.</summary>
    public static Reader<string> Whole(long max) =>
        (string text, out string? value, out string refusal) =>
        {
            refusal = $"{Text.Quote(text)} is not a whole number from 1 to {max}";
            value =
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= 1
                && number <= max
                    ? text
                    : null;
            return value is not null;
        };

    public static bool Finite(string text, out double? value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not a number";
        value =
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
                ? number
                : null;
        return value is not null;
    }
}
