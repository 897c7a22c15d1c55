using System.Net;

namespace Paddock.Server.Access.Providers;

/// <summary>The settings of a provider that verifies addresses for this server.</summary>
/// <param name="Word">The provider's name in paths: github, google or oidc.</param>
/// <param name="Label">The name on the sign-in button.</param>
/// <param name="Issuer">The issuer of an OpenID provider; for GitHub its base address.</param>
/// <param name="Api">GitHub's API; null for an OpenID provider.</param>
internal sealed record ProviderOptions(
    string Word,
    string Label,
    Uri Issuer,
    string ClientId,
    string ClientSecret,
    Uri? Api = null
)
{
    /// <summary>The e-mail domains that are admitted; null for all.</summary>
    public IReadOnlyList<string>? Domains { get; init; }

    public bool Admits(string email) =>
        Domains is null || Domains.Contains(email[(email.LastIndexOf('@') + 1)..], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the configured providers.</summary>
    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static IReadOnlyList<ProviderOptions> FromEnvironment(Func<string, string?> environment)
    {
        var all = new List<ProviderOptions>();
        if (Pair("GITHUB") is var (id, secret))
        {
            var address = Address("PADDOCK_GITHUB_URL", "https://github.com");
            var api = environment("PADDOCK_GITHUB_URL") is null
                ? new Uri("https://api.github.com/")
                : new Uri(address, "api/v3/");
            all.Add(
                new("github", "GitHub", address, id, secret, api) { Domains = DomainsOf("PADDOCK_GITHUB_DOMAINS") }
            );
        }
        if (Pair("GOOGLE") is var (googleId, googleSecret))
            all.Add(
                new("google", "Google", new("https://accounts.google.com"), googleId, googleSecret)
                {
                    Domains = DomainsOf("PADDOCK_GOOGLE_DOMAINS"),
                }
            );
        if (Given("PADDOCK_OIDC_ISSUER") is null != Pair("OIDC") is null)
            throw new FormatException(
                "PADDOCK_OIDC_ISSUER, PADDOCK_OIDC_CLIENT_ID and PADDOCK_OIDC_CLIENT_SECRET belong together: set all "
                    + "three or none"
            );
        if (Pair("OIDC") is var (oidcId, oidcSecret))
            all.Add(
                new(
                    "oidc",
                    environment("PADDOCK_OIDC_NAME") ?? "single sign-on",
                    Address("PADDOCK_OIDC_ISSUER", ""),
                    oidcId,
                    oidcSecret
                )
                {
                    Domains = DomainsOf("PADDOCK_OIDC_DOMAINS"),
                }
            );
        return all;

        // An empty value counts as not set: Compose files pass unset variables on as empty.
        string? Given(string name) => environment(name) is { Length: > 0 } text ? text : null;

        (string Id, string Secret)? Pair(string provider)
        {
            var (client, password) = (
                Given($"PADDOCK_{provider}_CLIENT_ID"),
                Given($"PADDOCK_{provider}_CLIENT_SECRET")
            );
            if (client is null != password is null)
                throw new FormatException(
                    $"PADDOCK_{provider}_CLIENT_ID and PADDOCK_{provider}_CLIENT_SECRET belong together: set both or "
                        + $"none"
                );
            return client is null ? null : (client, password!);
        }

        Uri Address(string name, string standard)
        {
            var text = environment(name) ?? standard;
            var isGood =
                Uri.TryCreate(text, UriKind.Absolute, out var uri)
                && (uri.Scheme == "https" || uri.Scheme == "http" && IsThisMachine(uri));
            return isGood
                ? uri!
                : throw new FormatException(
                    $"{name} is \"{text}\"; allowed: an https address; http only to this machine"
                );
        }

        string[]? DomainsOf(string name) =>
            environment(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsThisMachine(Uri uri) =>
        uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address));
}
