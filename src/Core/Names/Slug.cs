using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>
/// The short name of a resource in URLs: lower-case ASCII letters and digits with single dashes inside.
/// </summary>
[JsonConverter(typeof(TextConverter<Slug>))]
public sealed record Slug : IText<Slug>
{
    public const int LengthMax = 64;
    private const int LengthBeforeSuffix = 55;
    private const int SuffixLength = 8;
    private const string Base36 = "0123456789abcdefghijklmnopqrstuvwxyz";

    private Slug(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "slug";
    public static string Rule => "1 to 64 lower-case ASCII letters and digits with single dashes between them";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out Slug value) =>
        (value = IsValid(text) ? new(text!) : null) is not null;

    /// <summary>The slug made from a name; a name without any letter or digit gets a random slug.</summary>
    public static Slug FromName(string name) => new(Cut(name) is { Length: > 0 } slug ? slug : Random());

    /// <summary>The slug made from a text; null if no character of the text can be part of a slug.</summary>
    public static Slug? FromText(string text) => Cut(text) is { Length: > 0 } slug ? new(slug) : null;

    /// <summary>
    /// An alternative slug for when this one is taken: at most 55 characters of it and a random suffix.
    /// </summary>
    public Slug WithSuffix()
    {
        var stem = Value.Length + 1 + SuffixLength <= LengthMax ? Value : Value[..LengthBeforeSuffix].TrimEnd('-');
        return new($"{stem}-{Random()}");
    }

    private static bool IsValid(string? text)
    {
        if (text is not { Length: > 0 and <= LengthMax } || text[0] == '-' || text[^1] == '-')
            return false;
        for (var i = 0; i < text.Length; i++)
            if (
                !char.IsAsciiDigit(text[i])
                && !char.IsAsciiLetterLower(text[i])
                && (text[i] != '-' || text[i - 1] == '-')
            )
                return false;
        return true;
    }

    private static string Cut(string name)
    {
        var slug = Slugify(name);
        return slug.Length <= LengthMax ? slug : slug[..LengthMax].TrimEnd('-');
    }

    private static string Slugify(string name)
    {
        var slug = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (Transliteration.Of(c) is { } latin)
                slug.Append(latin);
            else if (!IsAccent(c) && slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }
        return slug.ToString().Trim('-');
    }

    // A combining mark, as in text that arrives already decomposed.
    private static bool IsAccent(char c) => c is >= '\u0300' and <= '\u036f';

    // All eight characters are random. With the time in them, resources of one name created within a second got the
    // same slug.
    private static string Random() => RandomNumberGenerator.GetString(Base36, SuffixLength);
}
