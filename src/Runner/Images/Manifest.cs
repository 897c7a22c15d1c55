using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Runner.Images;

/// <summary>A manifest or an index, of OCI or Docker; their formats agree in the fields read here.</summary>
internal sealed record Manifest(
    string? MediaType = null,
    Descriptor? Config = null,
    IReadOnlyList<Descriptor>? Layers = null,
    IReadOnlyList<Descriptor>? Manifests = null
)
{
    /// <summary>The size limit of a manifest.</summary>
    public const int BytesMax = 4 << 20;

    public static readonly IReadOnlyList<string> MediaTypes =
    [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ];

    public static Manifest Parse(ReadOnlySpan<byte> json) => Read(json, OciJson.Default.Manifest, "The manifest");

    /// <summary>Chooses the image for an architecture from an index; the first if no entry names a platform.</summary>
    public static Descriptor Choose(IReadOnlyList<Descriptor> manifests, string architecture)
    {
        var images = manifests.Where(m => m.Platform is not { Os: "unknown" }).ToList(); // No attestations.
        return images.FirstOrDefault(m =>
            m.Platform is { Os: "linux" } platform && platform.Architecture == architecture
        )
            ?? (images.Count > 0 && images.All(m => m.Platform is null) ? images[0] : null)
            ?? throw new ImageException(
                $"The image is not available for linux/{architecture}, only for {Platforms(images)}"
            );
    }

    private static string Platforms(List<Descriptor> images) =>
        images.Count == 0
            ? "no platform at all"
            : string.Join(
                ", ",
                images.Take(20).Select(m => m.Platform is { } p ? $"{p.Os}/{p.Architecture}" : "an unnamed platform")
            );

    public static T Read<T>(
        ReadOnlySpan<byte> json,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        string what
    )
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new ImageException($"{what} of the image is null");
        }
        catch (JsonException e)
        {
            throw new ImageException($"{what} of the image cannot be read: {e.Message}", cause: e);
        }
    }
}

/// <summary>The media type, size and digest of content.</summary>
internal sealed record Descriptor(string Digest, long Size, string? MediaType = null, Platform? Platform = null);

internal sealed record Platform(string? Os = null, string? Architecture = null);

/// <summary>The configuration document of an image.</summary>
internal sealed record ImageDocument(
    string? Os = null,
    string? Architecture = null,
    ImageConfig? Config = null,
    RootFs? Rootfs = null
);

internal sealed record RootFs([property: JsonPropertyName("diff_ids")] IReadOnlyList<string>? DiffIds = null);

/// <summary>An image's defaults for running it.</summary>
internal sealed record ImageConfig(
    [property: JsonPropertyName("Env")] IReadOnlyList<string>? Env = null,
    [property: JsonPropertyName("Entrypoint")] IReadOnlyList<string>? Entrypoint = null,
    [property: JsonPropertyName("Cmd")] IReadOnlyList<string>? Cmd = null,
    [property: JsonPropertyName("WorkingDir")] string? WorkingDir = null,
    [property: JsonPropertyName("User")] string? User = null
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Manifest)), JsonSerializable(typeof(ImageDocument))]
internal sealed partial class OciJson : JsonSerializerContext;
