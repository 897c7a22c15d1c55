using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Paddock.Core.Names;

/// <summary>An e-mail address, always in lower case.</summary>
[JsonConverter(typeof(TextConverter<Email>))]
public sealed partial record Email : IText<Email>
{
    private const int LocalMax = 64;
    private const int DomainMax = 254;

    private Email(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "e-mail address";
    public static string Rule => "local@domain as in RFC 5321, at most 64 bytes before the @";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out Email value) =>
        (value = IsValid(text) ? new(text!.ToLowerInvariant()) : null) is not null;

    private static bool IsValid(string? text) =>
        text is { Length: <= LocalMax + 1 + DomainMax } && Address.IsMatch(text) && text.IndexOf('@') <= LocalMax;

    [GeneratedRegex(
        @"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z"
    )]
    private static partial Regex Address { get; }
}
