using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>The fields of a manifest that the registry needs; the manifest is stored as its original bytes.</summary>
/// <param name="Config">The blob with an image's configuration; null for an index.</param>
/// <param name="Parts">An image's layers or an index's manifests, without layers that are hosted elsewhere.</param>
/// <param name="ArtifactType">The type of an artifact that is not a runnable image.</param>
/// <param name="Subject">The manifest that this one refers to.</param>
internal sealed record ManifestDocument(
    string MediaType,
    bool IsIndex,
    Digest? Config,
    IReadOnlyList<Digest> Parts,
    string? ArtifactType,
    Digest? Subject,
    IReadOnlyDictionary<string, string>? Annotations
)
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    private const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    private const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const int SchemaVersion = 2;
    private const int DescriptorsMax = 10_000;

    /// <summary>All digests that the manifest names, unordered.</summary>
    public IEnumerable<Digest> Needs => Config is null ? Parts : Parts.Append(Config);

    /// <param name="contentType">The request's content type; null when it has none.</param>
    /// <exception cref="Refusal">The body is not a manifest, or has another type than the request declares.</exception>
    public static ManifestDocument Parse(ReadOnlySpan<byte> body, string? contentType)
    {
        ManifestJson json;
        try
        {
            json = JsonSerializer.Deserialize(body, ManifestJsonContext.Default.ManifestJson)
                ?? throw OciError.ManifestInvalid("The manifest is null.");
        }
        catch (JsonException e)
        {
            throw OciError.ManifestInvalid("The manifest is not JSON of the right shape: " + JsonProblem.Describe(e));
        }
        catch (InvalidOperationException)
        {
            throw OciError.ManifestInvalid("The manifest holds text that is not valid UTF-8.");
        }
        if (NullElements.Find(json, ManifestJsonContext.Default.ManifestJson) is { } path)
            throw OciError.ManifestInvalid($"{path}: must not be null");

        var said = contentType?.Split(';')[0].Trim() is { Length: > 0 } type ? type : null;
        var mediaType = json.MediaType ?? said ?? OciManifest;
        if (mediaType is not (OciManifest or OciIndex or DockerManifest or DockerList))
            throw OciError.ManifestInvalid(
                $"mediaType: {Text.Quote(mediaType)} is not one of {OciManifest}, {OciIndex}, {DockerManifest}, "
                    + $"{DockerList}"
            );
        if (said is not null && said != mediaType)
            throw OciError.ManifestInvalid(
                $"The request's Content-Type {Text.Quote(said)} is not the manifest's mediaType "
                    + $"{Text.Quote(mediaType)}."
            );
        if (json.SchemaVersion != SchemaVersion)
            throw OciError.ManifestInvalid($"schemaVersion: {json.SchemaVersion} is not {SchemaVersion}");
        var subject = json.Subject is null ? null : DigestOf(json.Subject, "subject");
        return mediaType is OciIndex or DockerList
            ? new(
                mediaType,
                IsIndex: true,
                Config: null,
                DigestsOf(json.Manifests, "manifests"),
                json.ArtifactType,
                subject,
                json.Annotations
            )
            : new(
                mediaType,
                IsIndex: false,
                ConfigOf(json),
                DigestsOf(json.Layers, "layers"),
                ArtifactTypeOf(json),
                subject,
                json.Annotations
            );
    }

    private static Digest ConfigOf(ManifestJson json) =>
        DigestOf(
            json.Config ?? throw OciError.ManifestInvalid("config: missing; the manifest of an image must have it"),
            "config"
        );

    private static string? ArtifactTypeOf(ManifestJson json) =>
        string.IsNullOrEmpty(json.ArtifactType) ? json.Config?.MediaType : json.ArtifactType;

    private static List<Digest> DigestsOf(IReadOnlyList<DescriptorJson>? descriptors, string field)
    {
        if (descriptors is null)
            throw OciError.ManifestInvalid($"{field}: missing; an empty list is allowed");
        if (descriptors.Count > DescriptorsMax)
            throw OciError.ManifestInvalid(
                $"{field}: has {descriptors.Count} entries; allowed: {DescriptorsMax} at most"
            );
        var digests = new List<Digest>(descriptors.Count);
        for (var i = 0; i < descriptors.Count; i++)
        {
            var digest = DigestOf(descriptors[i], $"{field}[{i}]");
            if (!IsElsewhere(descriptors[i]))
                digests.Add(digest);
        }
        return digests;
    }

    // Layers that may not be redistributed are referenced by their original URL.
    private static bool IsElsewhere(DescriptorJson descriptor) =>
        descriptor.MediaType is { } type
        && (
            type.Contains(".nondistributable.", StringComparison.Ordinal)
            || type.Contains(".foreign.", StringComparison.Ordinal)
        );

    private static Digest DigestOf(DescriptorJson? descriptor, string field)
    {
        if (descriptor is null)
            throw OciError.ManifestInvalid($"{field}: must not be null");
        if (descriptor.Size < 0)
            throw OciError.ManifestInvalid($"{field}.size: {descriptor.Size} is negative");
        return Digest.TryParse(descriptor.Digest, out var digest)
            ? digest
            : throw OciError.ManifestInvalid($"{field}.digest: {Text.Refusal<Digest>(descriptor.Digest)}");
    }
}

internal sealed record ManifestJson(
    int SchemaVersion,
    string? MediaType,
    string? ArtifactType,
    DescriptorJson? Config,
    IReadOnlyList<DescriptorJson>? Layers,
    IReadOnlyList<DescriptorJson>? Manifests,
    DescriptorJson? Subject,
    IReadOnlyDictionary<string, string>? Annotations
);

internal sealed record DescriptorJson(
    string? MediaType,
    string? Digest,
    long Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ArtifactType = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string>? Annotations = null
);

internal sealed record IndexJson(int SchemaVersion, string MediaType, IReadOnlyList<DescriptorJson> Manifests);

/// <summary>The JSON of manifests. Unknown fields are ignored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ManifestJson))]
[JsonSerializable(typeof(IndexJson))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class ManifestJsonContext : JsonSerializerContext;
