using System.Net;
using System.Net.Http.Headers;
using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>An image in a repository of a registry that speaks the OCI distribution protocol.</summary>
/// <param name="token">The bearer token for every request; null when none is needed.</param>
/// <param name="tokens">Gets a new token when the registry demands one; null to never ask.</param>
internal sealed class RegistrySource(
    HttpClient http,
    Uri registry,
    string repository,
    string? token,
    RegistryTokens? tokens = null
) : IImageSource
{
    private string? bearer = token;

    public async Task<byte[]> ManifestAsync(string reference, CancellationToken ct)
    {
        using var answer = await GetAsync("manifests", reference, Manifest.MediaTypes, ct);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(ct);
            using var bytes = new MemoryStream();
            var buffer = new byte[16 << 10];
            while (await body.ReadAsync(buffer, ct) is > 0 and var count)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > Manifest.BytesMax)
                    throw new ImageException($"The manifest {reference} is longer than {Manifest.BytesMax} bytes");
            }
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new ImageException($"Reading the manifest {reference} failed: {e.Message}", again: true, e);
        }
    }

    public async Task<bool> HasBlobAsync(Digest digest, CancellationToken ct)
    {
        try
        {
            using var answer = await GetAsync("blobs", digest.Value, ["*/*"], ct, HttpMethod.Head);
            return true;
        }
        catch (ImageException e) when (!e.Again)
        {
            return false;
        }
    }

    public async Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct)
    {
        var answer = await GetAsync("blobs", digest.Value, ["*/*"], ct);
        return await answer.Content.ReadAsStreamAsync(ct); // Disposing the stream releases the connection.
    }

    private async Task<HttpResponseMessage> GetAsync(
        string what,
        string name,
        IReadOnlyList<string> accept,
        CancellationToken ct,
        HttpMethod? method = null
    )
    {
        var answer = await SendAsync(method ?? HttpMethod.Get, what, name, accept, ct);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && tokens is not null)
            using (var refused = answer)
            {
                // The token may expire during a pull, so each request may get a new one.
                bearer = await tokens.AskAsync(registry, repository, refused.Headers.WwwAuthenticate, ct) ?? bearer;
                answer = await SendAsync(method ?? HttpMethod.Get, what, name, accept, ct);
            }
        if (answer.IsSuccessStatusCode)
            return answer;
        answer.Dispose();
        throw new ImageException(
            answer.StatusCode switch
            {
                HttpStatusCode.NotFound =>
                    $"The registry {registry.Authority} has no {what[..^1]} {name} in {repository}",
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                    $"The registry {registry.Authority} does not let this runner pull from {repository} "
                        + $"({(int)answer.StatusCode})",
                _ => $"The registry {registry.Authority} answered {(int)answer.StatusCode} when asked for the "
                    + $"{what[..^1]} {name}",
            },
            again: (int)answer.StatusCode is 408 or 429 or >= 500
        );
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string what,
        string name,
        IReadOnlyList<string> accept,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(registry, $"/v2/{repository}/{what}/{name}"));
        foreach (var type in accept)
            request.Headers.Accept.Add(new(type));
        if (bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            throw new ImageException(
                $"The registry {registry.Authority} cannot be reached: {e.Message}",
                again: true,
                e
            );
        }
        catch (TaskCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ImageException($"The registry {registry.Authority} does not answer", again: true, e);
        }
    }
}
