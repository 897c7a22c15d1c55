using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Paddock.Server.Access.Providers;

/// <summary>
/// GitHub, which is not an OpenID provider for users. Its API says who has signed in, and which address it has
/// verified.
/// </summary>
internal sealed class GitHubProvider(ProviderOptions options, ProviderHttp http) : IIdentityProvider
{
    public ProviderOptions Options => options;

    public Task<Uri> AuthorizeAsync(ProviderAttempt attempt, CancellationToken ct) =>
        Task.FromResult(
            ProviderHttp.With(
                new(options.Issuer, "/login/oauth/authorize"),
                [
                    ("response_type", "code"),
                    ("client_id", options.ClientId),
                    ("state", attempt.State),
                    ("scope", "user:email"),
                    (
                        "code_challenge",
                        Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(attempt.Verifier)))
                    ),
                    ("code_challenge_method", "S256"),
                ]
            )
        );

    public async Task<ProvenPerson> ExchangeAsync(ProviderAttempt attempt, string code, CancellationToken ct)
    {
        var answer = await http.PostAsync(
            new(options.Issuer, "/login/oauth/access_token"),
            new Dictionary<string, string>
            {
                ["client_id"] = options.ClientId,
                ["client_secret"] = options.ClientSecret,
                ["code"] = code,
                ["code_verifier"] = attempt.Verifier,
            },
            ct
        );
        if (TextOf(answer, "access_token") is not { } token)
            throw new ProviderException("GitHub gave no access token for this code");
        var user = await http.GetAsync(new(options.Api!, "user"), ct, token);
        var emails = await http.GetAsync(new(options.Api!, "user/emails"), ct, token);
        var primary =
            emails.ValueKind != JsonValueKind.Array
                ? null
                : emails
                    .EnumerateArray()
                    .Where(one => IsTrue(one, "primary") && IsTrue(one, "verified"))
                    .Select(one => TextOf(one, "email"))
                    .FirstOrDefault();
        return primary is null
            ? throw new ProviderException("GitHub has no verified primary address for this account")
            : new(primary, TextOf(user, "login") ?? primary);
    }

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool IsTrue(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.True;
}
