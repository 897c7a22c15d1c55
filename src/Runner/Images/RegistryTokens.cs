using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Paddock.Runner.Images;

/// <summary>
/// Gets tokens for registries that demand one, by the distribution protocol's token authentication.
/// </summary>
/// <param name="user">Null asks anonymously, which is enough for public images.</param>
internal sealed partial class RegistryTokens(HttpClient http, string? user, string? password)
{
    private const int AnswerBytesMax = 1 << 20;

    /// <param name="challenges">The registry's WWW-Authenticate header.</param>
    /// <returns>A token; null when the registry does not name a token server.</returns>
    /// <exception cref="ImageException">The token server gives no token.</exception>
    public async Task<string?> AskAsync(
        Uri registry,
        string repository,
        HttpHeaderValueCollection<AuthenticationHeaderValue> challenges,
        CancellationToken ct
    )
    {
        if (
            challenges.FirstOrDefault(c => c.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))?.Parameter
            is not { } challenge
        )
            return null;
        var said = Member
            .Matches(challenge)
            .ToLookup(m => m.Groups["name"].Value, m => m.Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
        if (
            !Uri.TryCreate(said["realm"].FirstOrDefault(), UriKind.Absolute, out var realm)
            || realm.Scheme is not ("http" or "https")
        )
            return null;
        // A password for an https registry is never sent over http.
        if (user is not null && realm.Scheme == "http" && registry.Scheme == "https")
            throw new ImageException(
                $"The registry {registry.Authority} asks for the password at {realm}, without TLS; it was not sent"
            );

        var query = new List<string>
        {
            $"scope={Uri.EscapeDataString(said["scope"].FirstOrDefault() ?? $"repository:{repository}:pull")}",
        };
        if (said["service"].FirstOrDefault() is { } service)
            query.Add($"service={Uri.EscapeDataString(service)}");
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new UriBuilder(realm)
            {
                Query = string.Join(
                    '&',
                    [.. realm.Query.Length > 1 ? [realm.Query[1..]] : Array.Empty<string>(), .. query]
                ),
            }.Uri
        );
        if (user is not null)
            request.Headers.Authorization = new(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))
            );
        return await SendAsync(request, registry, realm, ct);
    }

    private async Task<string> SendAsync(HttpRequestMessage request, Uri registry, Uri realm, CancellationToken ct)
    {
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!answer.IsSuccessStatusCode)
                throw new ImageException(
                    $"{realm.Authority} refused a token for the registry {registry.Authority} "
                        + $"({(int)answer.StatusCode}"
                        + $"){(user is null ? "; give --user and --token to sign in" : $" to {user}")}",
                    again: (int)answer.StatusCode is 429 or >= 500
                );
            await answer.Content.LoadIntoBufferAsync(AnswerBytesMax, ct);
            var given = await JsonSerializer.DeserializeAsync(
                await answer.Content.ReadAsStreamAsync(ct),
                TokenJson.Default.GivenToken,
                ct
            );
            return given?.Token
                ?? given?.AccessToken
                ?? throw new ImageException(
                    $"{realm.Authority} sent an answer without a token for the registry {registry.Authority}"
                );
        }
        catch (JsonException e)
        {
            throw new ImageException(
                $"{realm.Authority} sent an answer for the registry {registry.Authority} that is not valid JSON",
                cause: e
            );
        }
        catch (HttpRequestException e)
        {
            throw new ImageException(
                $"{realm.Authority}, which issues tokens for the registry {registry.Authority}, cannot be reached: "
                    + $"{e.Message}",
                again: true,
                e
            );
        }
        catch (TaskCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ImageException(
                $"{realm.Authority}, which issues tokens for the registry {registry.Authority}, does not answer",
                again: true,
                e
            );
        }
    }

    [GeneratedRegex(
        "(?<name>[a-z_]+)\\s*=\\s*\"(?<value>[^\"]*)\"",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Member { get; }
}

internal sealed record GivenToken(
    string? Token = null,
    [property: JsonPropertyName("access_token")] string? AccessToken = null
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GivenToken))]
internal sealed partial class TokenJson : JsonSerializerContext;
