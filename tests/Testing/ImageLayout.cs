using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A handmade image: a folder in the OCI layout, from which registry clients can copy.</summary>
public sealed class ImageLayout : IDisposable
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    public const string IndexType = "application/vnd.oci.image.index.v1+json";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

    private readonly JsonArray manifests = [];

    /// <summary>The folder of the layout.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("paddock-image-").FullName;

    public static string DigestOf(ReadOnlySpan<byte> content) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Adds an image with one layer of these files.</summary>
    /// <param name="files">Content by path; content that begins with #! becomes an executable script.</param>
    /// <returns>The digest of the image's manifest.</returns>
    public string Add(string tag, IReadOnlyDictionary<string, string> files, params string[] command)
    {
        var (layer, diff) = Layer(files.ToDictionary(file => file.Key, file => Encoding.UTF8.GetBytes(file.Value)));
        return Add(tag, [(layer, diff)], command);
    }

    /// <summary>Adds an image of these layers.</summary>
    public string Add(string tag, IReadOnlyList<(byte[] Gzip, string DiffId)> layers, params string[] command) =>
        Name(Image("amd64", layers, command), tag);

    /// <summary>Adds an index of images of several architectures, each with one layer of its files.</summary>
    /// <returns>The index's digest.</returns>
    public string AddIndex(
        string tag,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> filesByArchitecture
    )
    {
        var images = new JsonArray();
        foreach (var (architecture, files) in filesByArchitecture)
        {
            var image = Image(
                architecture,
                [Layer(files.ToDictionary(file => file.Key, file => Encoding.UTF8.GetBytes(file.Value)))],
                []
            );
            image["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
            images.Add((JsonNode)image);
        }
        return Name(
            Put(
                Encoding.UTF8.GetBytes(
                    new JsonObject
                    {
                        ["schemaVersion"] = 2,
                        ["mediaType"] = IndexType,
                        ["manifests"] = images,
                    }.ToJsonString()
                ),
                IndexType
            ),
            tag
        );
    }

    private JsonObject Image(string architecture, IReadOnlyList<(byte[] Gzip, string DiffId)> layers, string[] command)
    {
        var config = Put(
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    architecture,
                    os = "linux",
                    config = new { Cmd = command, Env = new[] { "PATH=/bin" } },
                    rootfs = new { type = "layers", diff_ids = layers.Select(layer => layer.DiffId) },
                }
            ),
            ConfigType
        );
        return Put(
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    schemaVersion = 2,
                    mediaType = ManifestType,
                    config,
                    layers = layers.Select(layer => Put(layer.Gzip, LayerType)),
                }
            ),
            ManifestType
        );
    }

    private string Name(JsonObject manifest, string tag)
    {
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
        manifests.Add(manifest);
        File.WriteAllText(Path.Combine(Folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(
            Path.Combine(Folder, "index.json"),
            new JsonObject { ["schemaVersion"] = 2, ["manifests"] = manifests.DeepClone() }.ToJsonString()
        );
        return (string)manifest["digest"]!;
    }

    /// <summary>Builds a layer of files.</summary>
    /// <returns>The compressed layer, and the digest of its uncompressed content.</returns>
    public static (byte[] Gzip, string DiffId) Layer(IReadOnlyDictionary<string, byte[]> files)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                var mode =
                    content.AsSpan().StartsWith("#!"u8) || content.AsSpan().StartsWith("\u007fELF"u8)
                        ? (UnixFileMode)0b111_101_101
                        : (UnixFileMode)0b110_100_100;
                writer.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, path)
                    {
                        DataStream = new MemoryStream(content),
                        Mode = mode,
                        ModificationTime = DateTimeOffset.UnixEpoch,
                    }
                );
            }
        }
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(tar.ToArray());
        return (packed.ToArray(), DigestOf(tar.ToArray()));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private JsonObject Put(byte[] content, string mediaType)
    {
        var digest = DigestOf(content);
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "blobs", "sha256")).FullName;
        File.WriteAllBytes(Path.Combine(folder, digest["sha256:".Length..]), content);
        return new()
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest,
            ["size"] = content.Length,
        };
    }
}
