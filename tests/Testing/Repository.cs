using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A client of one registry repository, with or without a token.</summary>
internal sealed class Repository(Uri address, string name, string? token) : IDisposable
{
    public const string ManifestType = ImageLayout.ManifestType;
    public const string IndexType = ImageLayout.IndexType;
    private const string Bytes = "application/octet-stream";

    private readonly HttpClient http = new() { BaseAddress = address };

    public string Name => name;
    public string? Token => token;

    /// <summary>
    /// Opens a client with a token for pulling and pushing, obtained with a user name and a password; anonymously if
    /// these are null.
    /// </summary>
    public static async Task<Repository> OpenAsync(
        Uri address,
        string name,
        string? user,
        string? password,
        string actions = "pull,push"
    ) => new(address, name, (string)(await TokenAsync(address, name, user, password, actions)).Expect(200)["token"]!);

    public static Task<Repository> OpenAsync(TestUser user, string name) =>
        OpenAsync(user.Address, name, user.Email, user.Token);

    public static async Task<Reply> TokenAsync(Uri address, string name, string? user, string? password, string actions)
    {
        using var client = new Client(address, token: null);
        if (user is not null)
            client.Http.DefaultRequestHeaders.Authorization = new(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))
            );
        return await client.GetAsync($"/v0/auth/oci/token?service=test&scope=repository:{name}:{actions}");
    }

    public static string Sha256(ReadOnlySpan<byte> content) => ImageLayout.DigestOf(content);

    public static string Sha512(ReadOnlySpan<byte> content) =>
        "sha512:" + Convert.ToHexStringLower(SHA512.HashData(content));

    /// <summary>Random bytes from a seed.</summary>
    public static byte[] Content(int size, int seed)
    {
        var content = new byte[size];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <param name="path">Relative to the repository, or to the root if it begins with a slash.</param>
    public async Task<OciReply> SendAsync(
        string method,
        string path,
        byte[]? body = null,
        string? type = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            path.StartsWith('/') ? path : $"/v2/{name}/{path}"
        );
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        if (body is not null || method is "POST" or "PUT" or "PATCH")
            request.Content = new ByteArrayContent(body ?? [])
            {
                Headers = { ContentType = new MediaTypeHeaderValue(type ?? Bytes) },
            };
        foreach (var (header, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(header, value))
                request.Content!.Headers.TryAddWithoutValidation(header, value);
        using var response = await http.SendAsync(request);
        return new(
            $"{method} {path}",
            (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(),
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase)
        );
    }

    public async Task<string> PushBlobAsync(byte[] content)
    {
        var digest = Sha256(content);
        (await SendAsync("POST", $"blobs/uploads/?digest={digest}", content)).Expect(201);
        return digest;
    }

    /// <summary>Begins an upload.</summary>
    /// <returns>The upload's address.</returns>
    public async Task<string> BeginAsync() =>
        (await SendAsync("POST", "blobs/uploads/")).Expect(202).Headers["Location"];

    /// <summary>Pushes an image with a random layer, under a tag or, without one, under its digest.</summary>
    /// <returns>The digest of its manifest.</returns>
    public async Task<string> PushImageAsync(
        string? tag,
        int seed = 1,
        int size = 1000,
        object? subject = null,
        string? artifactType = null
    )
    {
        var (config, layer) = (Encoding.UTF8.GetBytes($$"""{"seed":{{seed}}}"""), Content(size, seed));
        await PushBlobAsync(config);
        await PushBlobAsync(layer);
        var manifest = Manifest([config, layer], subject, artifactType);
        var digest = Sha256(manifest);
        (await SendAsync("PUT", $"manifests/{tag ?? digest}", manifest, ManifestType)).Expect(201);
        return digest;
    }

    /// <summary>A manifest of these blobs; the first one is the config.</summary>
    public static byte[] Manifest(IReadOnlyList<byte[]> blobs, object? subject = null, string? artifactType = null)
    {
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor(blobs[0], ImageLayout.ConfigType),
            ["layers"] = new JsonArray([
                .. blobs.Skip(1).Select(blob => (JsonNode)Descriptor(blob, ImageLayout.LayerType)),
            ]),
        };
        if (subject is not null)
            manifest["subject"] = JsonSerializer.SerializeToNode(subject);
        if (artifactType is not null)
            manifest["artifactType"] = artifactType;
        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    public static byte[] Index(params IEnumerable<byte[]> manifests) =>
        Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = IndexType,
                ["manifests"] = new JsonArray([
                    .. manifests.Select(manifest => (JsonNode)Descriptor(manifest, ManifestType)),
                ]),
            }.ToJsonString()
        );

    public void Dispose() => http.Dispose();

    private static JsonObject Descriptor(byte[] content, string type) =>
        new JsonObject
        {
            ["mediaType"] = type,
            ["digest"] = Sha256(content),
            ["size"] = content.Length,
        };
}

/// <summary>An answer of the registry.</summary>
internal sealed record OciReply(string Request, int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The error code of a refusal, as the protocol defines it.</summary>
    public string Code => (string)Json["errors"]![0]!["code"]!;

    public OciReply Expect(int status, string? code = null)
    {
        if (Status != status)
            throw new Xunit.Sdk.XunitException(
                $"{Request} should answer {status}, and answered {Status}: {ServerErrors.Explain(Text)}"
            );
        if (code is not null && code != Code)
            throw new Xunit.Sdk.XunitException($"{Request} should say {code}, and said {Text}");
        return this;
    }
}
