using System.Buffers.Text;

namespace Paddock.Cli;

/// <summary>
/// The secret by which a server knows a caller. A value of this type has the right form, but a server may still refuse
/// it.
/// </summary>
internal sealed record Credential
{
    private const string UserPrefix = "bencher_user_",
        ProjectPrefix = "bencher_run_";
    private const int SecretLength = 30;

    private Credential(string value) => Value = value;

    public string Value { get; }

    /// <summary>True when this key belongs to a project, and so can only send that project's runs.</summary>
    public bool IsProjectKey => Value.StartsWith(ProjectPrefix, StringComparison.Ordinal);

    /// <summary>A placeholder, so that the secret cannot end up in a log.</summary>
    public override string ToString() => "(secret)";

    public static bool ReadToken(string text, out Credential? value, out string refusal)
    {
        value = IsToken(text) ? new(text) : null;
        refusal = IsKey(text)
            ? "this is an API key; give it with --key"
            : "this is not a token; a token is three parts of base64url, joined by dots";
        return value is not null;
    }

    public static bool ReadKey(string text, out Credential? value, out string refusal)
    {
        value = IsKey(text) ? new(text) : null;
        refusal = HasThreeParts(text)
            ? "this is a token; give it with --token"
            : $"this is not an API key; a key is {UserPrefix} or {ProjectPrefix} and {SecretLength} ASCII letters "
                + $"and digits";
        return value is not null;
    }

    private static bool IsKey(string text) =>
        (After(text, UserPrefix) ?? After(text, ProjectPrefix)) is { Length: SecretLength } secret
        && secret.All(char.IsAsciiLetterOrDigit);

    private static string? After(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;

    private static bool IsToken(string text) =>
        HasThreeParts(text) && text.Split('.').All(part => Base64Url.IsValid(part));

    private static bool HasThreeParts(string text) =>
        text.Split('.') is { Length: 3 } parts
        && parts.All(p => p.Length > 0 && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
