using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Paddock.Core.Names;

/// <summary>The display name of a user.</summary>
[JsonConverter(typeof(TextConverter<UserName>))]
public sealed partial record UserName : IText<UserName>
{
    private UserName(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "user name";
    public static string Rule => "1 to 64 ASCII letters, digits, blanks and , . - ' without a blank at either end";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out UserName value) =>
        (value = text is not null && Allowed.IsMatch(text) && text == text.Trim() ? new(text) : null) is not null;

    [GeneratedRegex(@"\A[0-9A-Za-z ,.\-']{1,64}\z")]
    private static partial Regex Allowed { get; }
}
