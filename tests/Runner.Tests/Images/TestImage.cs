using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Paddock.Runner.Tests.Images;

/// <summary>An image as a folder in OCI layout, built entry by entry.</summary>
internal sealed class TestImage : IDisposable
{
    private readonly List<(byte[] Blob, string DiffId, string MediaType)> layers = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("paddock-image-").FullName;
    public JsonObject Config { get; } = new() { ["Env"] = new JsonArray("PATH=/usr/bin:/bin") };
    public string ManifestDigest { get; private set; } = "";

    /// <summary>One layer with the distribution's static busybox under the names that tests call.</summary>
    public static TestImage Busybox(Action<TestLayer>? more = null, Action<JsonObject>? config = null) =>
        new TestImage()
            .Layer(layer =>
            {
                layer
                    .Folder("bin")
                    .Folder("tmp", mode: 0x3ff)
                    .Folder("etc")
                    .File("bin/busybox", File.ReadAllBytes("/bin/busybox"), mode: 0x1ed);
                foreach (
                    var name in (string[])
                        [
                            "sh",
                            "true",
                            "false",
                            "echo",
                            "cat",
                            "sleep",
                            "id",
                            "env",
                            "pwd",
                            "ls",
                            "dd",
                            "yes",
                            "ps",
                            "mount",
                            "mknod",
                            "wget",
                            "wc",
                            "sort",
                            "mkdir",
                            "ln",
                            "ip",
                            "nproc",
                            "grep",
                            "tail",
                            "head",
                            "kill",
                            "touch",
                            "seq",
                            "stat",
                            "unshare",
                            "sync",
                            "df",
                            "ping",
                            "nc",
                        ]
                )
                    layer.Link($"bin/{name}", "busybox");
                layer
                    .File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbench:x:1234:1235::/:/bin/sh\n"u8.ToArray())
                    .File("etc/group", "root:x:0:\nbench:x:1235:\nextra:x:77:bench\n"u8.ToArray());
                more?.Invoke(layer);
            })
            .Configured(config)
            .Build();

    public TestImage Layer(Action<TestLayer> fill, string compression = "gzip") =>
        Raw(TestLayer.Tar(fill), compression);

    public TestImage Raw(byte[] tar, string compression = "gzip", string? diffId = null)
    {
        layers.Add(
            (
                Compress(tar, compression),
                diffId ?? DigestOf(tar),
                $"application/vnd.oci.image.layer.v1.tar{(compression == "none" ? "" : "+" + compression)}"
            )
        );
        return this;
    }

    public TestImage Configured(Action<JsonObject>? change)
    {
        change?.Invoke(Config);
        return this;
    }

    /// <param name="tamper">Changes the manifest before it is written. The blobs stay unchanged.</param>
    public TestImage Build(Action<JsonObject>? tamper = null, string architecture = "amd64", bool asIndex = false)
    {
        var config = new JsonObject
        {
            ["os"] = "linux",
            ["architecture"] = architecture,
            ["config"] = Config.DeepClone(),
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. layers.Select(l => (JsonNode)l.DiffId)]),
            },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = Blob(Bytes(config), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = new JsonArray([.. layers.Select(l => (JsonNode)Blob(l.Blob, l.MediaType))]),
        };
        tamper?.Invoke(manifest);
        var described = Blob(Bytes(manifest), "application/vnd.oci.image.manifest.v1+json");
        ManifestDigest = described["digest"]!.GetValue<string>();
        described["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = architecture };
        var manifests = new JsonArray(described);
        if (asIndex)
            manifests.Insert(
                0,
                new JsonObject
                {
                    ["digest"] = DigestOf("other"u8),
                    ["size"] = 5,
                    ["platform"] = new JsonObject { ["os"] = "linux", ["architecture"] = "s390x" },
                }
            );
        File.WriteAllBytes(
            Path.Combine(Folder, "index.json"),
            Bytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = manifests })
        );
        File.WriteAllText(Path.Combine(Folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        return this;
    }

    public string BlobPath(string digest) => Path.Combine(Folder, "blobs", "sha256", digest["sha256:".Length..]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static string DigestOf(ReadOnlySpan<byte> bytes) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    internal JsonObject Blob(byte[] bytes, string mediaType)
    {
        var digest = DigestOf(bytes);
        Directory.CreateDirectory(Path.Combine(Folder, "blobs", "sha256"));
        File.WriteAllBytes(BlobPath(digest), bytes);
        return new()
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest,
            ["size"] = bytes.Length,
        };
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static byte[] Compress(byte[] tar, string compression)
    {
        if (compression == "none")
            return tar;
        if (compression == "zstd")
        {
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(file, tar);
                using var zstd = System.Diagnostics.Process.Start(
                    new System.Diagnostics.ProcessStartInfo("zstd", ["-q", "-c", file])
                    {
                        RedirectStandardOutput = true,
                    }
                )!;
                using var packed = new MemoryStream();
                zstd.StandardOutput.BaseStream.CopyTo(packed);
                zstd.WaitForExit();
                return packed.ToArray();
            }
            finally
            {
                File.Delete(file);
            }
        }
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(tar);
        return buffer.ToArray();
    }
}

/// <summary>The entries of one layer.</summary>
internal sealed class TestLayer(TarWriter tar)
{
    public static byte[] Tar(Action<TestLayer> fill, TarEntryFormat format = TarEntryFormat.Pax)
    {
        using var buffer = new MemoryStream();
        using (var writer = new TarWriter(buffer, format, leaveOpen: true))
            fill(new(writer));
        return buffer.ToArray();
    }

    public TestLayer Folder(string path, int mode = 0x1ed) => Add(new PaxTarEntry(TarEntryType.Directory, path), mode);

    public TestLayer File(string path, byte[] content, int mode = 0x1a4, int uid = 0, int gid = 0) =>
        Add(
            new PaxTarEntry(TarEntryType.RegularFile, path)
            {
                DataStream = new MemoryStream(content),
                Uid = uid,
                Gid = gid,
            },
            mode
        );

    public TestLayer File(string path, string content) => File(path, Encoding.UTF8.GetBytes(content));

    public TestLayer Script(string path, string content) =>
        File(path, Encoding.UTF8.GetBytes("#!/bin/sh\n" + content), mode: 0x1ed);

    public TestLayer Link(string path, string target) =>
        Add(new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target }, 0x1ff);

    public TestLayer HardLink(string path, string target) =>
        Add(new PaxTarEntry(TarEntryType.HardLink, path) { LinkName = target }, 0x1a4);

    public TestLayer Device(string path, int major, int minor) =>
        Add(new PaxTarEntry(TarEntryType.CharacterDevice, path) { DeviceMajor = major, DeviceMinor = minor }, 0x1b6);

    public TestLayer Whiteout(string path) => File(path, Array.Empty<byte>());

    public TestLayer WithAttribute(string path, string name, string value) =>
        Add(new PaxTarEntry(TarEntryType.RegularFile, path, [new($"SCHILY.xattr.{name}", value)]), 0x1a4);

    private TestLayer Add(PaxTarEntry entry, int mode)
    {
        entry.Mode = (UnixFileMode)mode;
        entry.ModificationTime = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000);
        tar.WriteEntry(entry);
        return this;
    }
}
