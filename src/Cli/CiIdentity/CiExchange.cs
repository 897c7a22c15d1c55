using System.Net.Http.Headers;
using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.CiIdentity;

/// <summary>
/// Gets a credential for a run without a key: asks the CI service for an identity token of this job, and exchanges the
/// token at the server, whose project has to trust the job. Exchanges again when the credential is about to expire.
/// </summary>
internal sealed class CiExchange(
    ApiClient api,
    ResourceId project,
    Func<string, string?> environment,
    Action<string> note
)
{
    /// <summary>The variable in which GitLab passes the token; the job declares it under this name.</summary>
    private const string GitLabToken = "PADDOCK_ID_TOKEN";

    private const int BytesMax = 1 << 20;

    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5),
        AnswerMax = TimeSpan.FromSeconds(30);

    private DateTimeOffset? expires;

    /// <summary>True when the CI service offers this job an identity token.</summary>
    public static bool IsOffered(Func<string, string?> environment) =>
        environment(GitLabToken) is { Length: > 0 }
        || (
            environment("ACTIONS_ID_TOKEN_REQUEST_URL") is { Length: > 0 }
            && environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN") is { Length: > 0 }
        );

    /// <returns>Why there is no credential; null when the client now has one.</returns>
    public async Task<string?> TryAsync(CancellationToken ct)
    {
        var path = $"/v0/projects/{project}/ci-credential";
        if (await TokenAsync(ct) is not { } token)
            return "The CI service gave this job no identity token.";
        var answer = await api.TryAsync(
            HttpMethod.Post,
            path,
            Body.Of(new Core.Wire.CiIdentity(token), Wire.Default.CiIdentity),
            ct
        );
        if (!answer.Succeeded)
            return answer.IsNotFound
                ? "The server does not support identity tokens of CI services."
                : answer.Brief(api.Host.Host);
        var made = ApiClient.Read(api.JsonOf(answer, HttpMethod.Post, path), Wire.Default.CiCredential);
        if (!Credential.ReadToken(made.Token, out var credential, out var refusal))
            throw new Failure($"The server's credential cannot be used: {refusal}.");
        api.Use(credential!);
        if (expires is null)
            note($"This job is trusted by the project {project}; no key is needed.");
        expires = made.Expiration;
        return null;
    }

    /// <summary>Renews a credential that expires soon, as after a long benchmark.</summary>
    /// <exception cref="Failure">The server no longer trusts the job.</exception>
    public async Task RenewAsync(CancellationToken ct)
    {
        if (expires is not { } end || end - TimeProvider.System.GetUtcNow() > RenewBefore)
            return;
        if (await TryAsync(ct) is { } why)
            throw new Failure($"The credential of this CI job expires, and the server did not renew it. {why}");
    }

    /// <param name="called">The server's own address as the server states it; the token's audience.</param>
    internal static bool MayBeTold(Uri host, string called) =>
        host.IsLoopback || (Uri.TryCreate(called, UriKind.Absolute, out var named) && named.IdnHost == host.IdnHost);

    private async Task<string?> TokenAsync(CancellationToken ct)
    {
        if (environment(GitLabToken) is { Length: > 0 } given)
            return given;
        var console = await api.SendAsync(
            HttpMethod.Get,
            "/v0/server/config/console",
            body: null,
            Wire.Default.ConsoleConfig,
            ct
        );
        // A token is valid for its audience, whoever sends it. A malicious server could name another server as the
        // audience and use the token there.
        if (!MayBeTold(api.Host, console.Url))
            throw new Failure(
                $"The server at {api.Host.IdnHost} calls itself {Text.Quote(console.Url)}. An identity token for "
                    + "that address is only sent there. Give that address as --host or PADDOCK_HOST, or use a key."
            );
        var address =
            $"{environment("ACTIONS_ID_TOKEN_REQUEST_URL")}&audience={Uri.EscapeDataString(console.Url.TrimEnd('/'))}";
        using var http = new HttpClient { Timeout = AnswerMax, MaxResponseContentBufferSize = BytesMax };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        );
        try
        {
            using var response = await http.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode)
                throw new Failure(
                    $"The CI service answered {(int)response.StatusCode} when it was asked for an identity token."
                );
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            return json.RootElement.TryGetProperty("value", out var value) ? value.GetString() : null;
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException or InvalidOperationException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new Failure($"The request for an identity token from the CI service failed: {e.Message}", e);
        }
    }
}
