// Packages the published programs: dotnet run tools/package.cs -- PROGRAMS RID OUTPUT
// PROGRAMS is the folder that holds paddock, paddock-server and paddock-runner for this platform. The output is an
// archive, three Debian packages, an OCI image of the server, the Helm chart, the compose file, the install script, an
// SBOM, release notes and checksums. Times and orders come from the commit, not from the machine, except that the
// image's system layer follows Debian's updates.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

var root = Path.GetFullPath(Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, ".."));
Environment.CurrentDirectory = root;
if (args is not [var given, "linux-x64" or "linux-arm64", var target])
{
    Console.Error.WriteLine("usage: dotnet run tools/package.cs -- PROGRAMS linux-x64|linux-arm64 OUTPUT");
    return 2;
}
var (programs, rid, output) = (Path.GetFullPath(given), args[1], Directory.CreateDirectory(target).FullName);
var version = XDocument.Load("Directory.Build.props").Descendants("Version").Single().Value;
var architecture = rid == "linux-x64" ? "amd64" : "arm64";
var commit = Read("git", "rev-parse", "HEAD");
var made = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Read("git", "log", "-1", "--format=%ct")));
Environment.SetEnvironmentVariable("SOURCE_DATE_EPOCH", $"{made.ToUnixTimeSeconds()}");
var work = Directory.CreateTempSubdirectory("paddock-package-").FullName;
try
{
    Archive();
    Package(
        "cli",
        "paddock",
        "libc6 (>= 2.34)",
        "git",
        "Command line of Paddock: runs benchmarks and reports their results"
    );
    Package(
        "server",
        "paddock-server",
        "libc6 (>= 2.34), libgcc-s1, libstdc++6, libssl3 | libssl3t64, ca-certificates, adduser, init-system-helpers",
        "postgresql-client",
        "Server of Paddock: stores and judges benchmark results"
    );
    Package(
        "runner",
        "paddock-runner",
        "libc6 (>= 2.34), libssl3 | libssl3t64, ca-certificates, runc | crun, e2fsprogs, util-linux, "
            + "init-system-helpers",
        "tini, qemu-system-x86, linux-image-cloud-amd64",
        "Runner of Paddock: executes benchmark jobs on this machine"
    );
    Image();
    Chart();
    foreach (var (file, mode) in new[] { ("compose.yaml", 0x1a4), ("Caddyfile", 0x1a4), ("install.sh", 0x1ed) })
    {
        var text = File.ReadAllText($"packaging/{file}");
        Write(
            Path.Combine(output, file),
            text.Replace("server:latest", $"server:{version}", StringComparison.Ordinal),
            mode
        );
    }
    Sbom();
    Notes();
    Checksums();
    return 0;
}
finally
{
    Directory.Delete(work, recursive: true);
}

void Archive()
{
    var name = $"paddock-{version}-{rid}";
    using var file = File.Create(Path.Combine(output, $"{name}.tar.gz"));
    using var gzip = new GZipStream(file, CompressionLevel.Optimal);
    using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
    foreach (var program in (string[])["paddock", "paddock-runner", "paddock-server"])
        AddFile(tar, $"{name}/{program}", Path.Combine(programs, program), 0x1ed);
    AddFile(tar, $"{name}/LICENSE", "LICENSE", 0x1a4);
    AddFile(tar, $"{name}/README.md", "README.md", 0x1a4);
    foreach (
        var file2 in (string[])
            ["server/paddock-server.service", "server/server.env", "runner/paddock-runner.service", "runner/runner.env"]
    )
        AddFile(tar, $"{name}/systemd/{Path.GetFileName(file2)}", $"packaging/{file2}", 0x1a4);
}

// Builds one Debian package: a program, its systemd unit, its settings, and its maintainer scripts.
void Package(string part, string name, string depends, string recommends, string summary)
{
    var folder = Path.Combine(work, name);
    Copy(Path.Combine(programs, name), $"{folder}/usr/bin/{name}", 0x1ed);
    Copy("LICENSE", $"{folder}/usr/share/doc/{name}/copyright", 0x1a4);
    Copy("docs/install.md", $"{folder}/usr/share/doc/{name}/README.md", 0x1a4);
    var service = $"packaging/{part}/{name}.service";
    if (File.Exists(service))
    {
        Copy(service, $"{folder}/lib/systemd/system/{name}.service", 0x1a4);
        Copy($"packaging/{part}/{part}.env", $"{folder}/etc/paddock/{part}.env", 0x1a0);
        Write($"{folder}/DEBIAN/conffiles", $"/etc/paddock/{part}.env\n", 0x1a4);
        foreach (var script in (string[])["postinst", "prerm", "postrm"])
            Copy($"packaging/{part}/{script}", $"{folder}/DEBIAN/{script}", 0x1ed);
    }
    if (architecture != "amd64")
        recommends = recommends.Replace("qemu-system-x86", "qemu-system-arm").Replace("cloud-amd64", "cloud-arm64");
    var size =
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length)
        / 1024;
    Write(
        $"{folder}/DEBIAN/control",
        $"""
        Package: {name}
        Version: {version}
        Architecture: {architecture}
        Section: devel
        Priority: optional
        Installed-Size: {size}
        Maintainer: Paddock <paddock@localhost>
        Depends: {depends}
        Recommends: {recommends}
        Description: {summary}
         Paddock tells a team which change made their software slower. It stores every
         result, compares each new one with its history, and reports in the pull request.

        """,
        0x1a4
    );
    foreach (var directory in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        File.SetUnixFileMode(directory, (UnixFileMode)0x1ed);
    Run(
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        "-z2",
        "--build",
        folder,
        Path.Combine(output, $"{name}_{version}_{architecture}.deb")
    );
}

// Builds an image of two layers: the parts of Debian that the program needs, and the program. Writes the OCI layout
// itself, without a container engine or a registry.
void Image()
{
    var layout = Directory.CreateDirectory($"{work}/image/blobs/sha256").Parent!.Parent!.FullName;
    var system = $"{work}/system.tar";
    Run(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=extract",
        $"--architectures={architecture}",
        "--format=tar",
        "--include=libc6,libgcc-s1,libstdc++6,libssl3,ca-certificates,netbase,tzdata",
        // Files that the program never reads.
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/i18n/*",
        "bookworm",
        system
    );
    var trimmed = $"{work}/layer1.tar";
    using (var bare = new TarWriter(File.Create(trimmed), TarEntryFormat.Pax))
    {
        AddText(
            bare,
            "etc/passwd",
            "root:x:0:0:root:/:/sbin/nologin\npaddock:x:10001:10001::/data:/sbin/nologin\n",
            0x1a4
        );
        AddText(bare, "etc/group", "root:x:0:\npaddock:x:10001:\n", 0x1a4);
        using var full = new TarReader(File.OpenRead(system));
        var certificates = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (full.GetNextEntry(copyData: true) is { } entry)
        {
            var path = entry.Name.TrimStart('.', '/');
            if (path.StartsWith("usr/share/ca-certificates/", StringComparison.Ordinal) && entry.DataStream is { } pem)
                certificates[path] = new StreamReader(pem).ReadToEnd();
            if (!Keeps(path))
                continue;
            bare.WriteEntry(entry);
        }
        // The file that update-ca-certificates would write.
        AddText(bare, "etc/ssl/certs/ca-certificates.crt", string.Concat(certificates.Values), 0x1a4);
    }
    var layer = $"{work}/layer2.tar";
    using (var tar = new TarWriter(File.Create(layer), TarEntryFormat.Ustar))
    {
        AddFolder(tar, "data/", 0x1c0, owner: 10001);
        AddFile(tar, "usr/bin/paddock-server", Path.Combine(programs, "paddock-server"), 0x1ed);
        AddFile(tar, "usr/share/doc/paddock-server/copyright", "LICENSE", 0x1a4);
    }
    var layers = new[] { Layer(trimmed), Layer(layer) };
    var config = Blob(
        Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["architecture"] = architecture,
                ["os"] = "linux",
                ["created"] = $"{made:yyyy-MM-ddTHH:mm:ssZ}",
                ["config"] = new JsonObject
                {
                    ["User"] = "10001:10001",
                    ["Env"] = new JsonArray(
                        "PATH=/usr/bin",
                        "HOME=/data",
                        "PADDOCK_DATA=/data",
                        "PADDOCK_BIND=0.0.0.0:6610",
                        "DOTNET_BUNDLE_EXTRACT_BASE_DIR=/data/.program"
                    ),
                    ["Entrypoint"] = new JsonArray("/usr/bin/paddock-server"),
                    ["WorkingDir"] = "/data",
                    ["ExposedPorts"] = new JsonObject { ["6610/tcp"] = new JsonObject() },
                    ["Volumes"] = new JsonObject { ["/data"] = new JsonObject() },
                    // Not in the OCI spec; Docker and Podman read it.
                    ["Healthcheck"] = new JsonObject
                    {
                        ["Test"] = new JsonArray("CMD", "/usr/bin/paddock-server", "--healthy"),
                        ["Interval"] = 10_000_000_000,
                        ["Timeout"] = 5_000_000_000,
                        ["StartPeriod"] = 30_000_000_000,
                        ["Retries"] = 3,
                    },
                    ["Labels"] = new JsonObject
                    {
                        ["org.opencontainers.image.title"] = "paddock-server",
                        ["org.opencontainers.image.version"] = version,
                        ["org.opencontainers.image.revision"] = commit,
                        ["org.opencontainers.image.licenses"] = "Apache-2.0",
                    },
                },
                ["rootfs"] = new JsonObject
                {
                    ["type"] = "layers",
                    ["diff_ids"] = new JsonArray([.. layers.Select(one => (JsonNode)one.DiffId)]),
                },
            }.ToJsonString()
        ),
        "application/vnd.oci.image.config.v1+json"
    );
    var manifest = Blob(
        Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
                ["config"] = config,
                ["layers"] = new JsonArray([.. layers.Select(one => (JsonNode)one.Descriptor)]),
            }.ToJsonString()
        ),
        "application/vnd.oci.image.manifest.v1+json"
    );
    manifest["annotations"] = new JsonObject
    {
        ["org.opencontainers.image.ref.name"] = version,
        ["io.containerd.image.name"] = $"docker.io/library/paddock-server:{version}",
    };
    Write(
        $"{layout}/index.json",
        new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.index.v1+json",
            ["manifests"] = new JsonArray(manifest),
        }.ToJsonString(),
        0x1a4
    );
    Write($"{layout}/oci-layout", """{"imageLayoutVersion":"1.0.0"}""", 0x1a4);
    using var archive = new TarWriter(
        File.Create(Path.Combine(output, $"paddock-server-{version}-{rid}.oci.tar")),
        TarEntryFormat.Ustar
    );
    foreach (
        var file in Directory.EnumerateFiles(layout, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
    )
        AddFile(archive, Path.GetRelativePath(layout, file), file, 0x1a4);

    // Keeps libraries, time zones, the loader and licenses; drops the shell, the package manager and other
    // documentation.
    static bool Keeps(string path) =>
        path.Length > 0
        && (
            path
                is "lib"
                    or "lib64"
                    or "usr"
                    or "usr/lib"
                    or "usr/share"
                    or "etc"
                    or "tmp/"
                    or "tmp"
                    or "etc/protocols"
                    or "etc/services"
            || path.StartsWith("lib/", StringComparison.Ordinal)
            || path.StartsWith("lib64/", StringComparison.Ordinal)
            || path.StartsWith("usr/lib/", StringComparison.Ordinal)
                && !path.StartsWith("usr/lib/apt", StringComparison.Ordinal)
            || path.StartsWith("usr/lib64", StringComparison.Ordinal)
            || path.StartsWith("usr/share/zoneinfo", StringComparison.Ordinal)
            || path.StartsWith("usr/share/doc/", StringComparison.Ordinal)
                && path.EndsWith("/copyright", StringComparison.Ordinal)
            || path.StartsWith("var/lib/dpkg/status", StringComparison.Ordinal)
        );

    (JsonNode Descriptor, string DiffId) Layer(string tar)
    {
        var diff = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tar)))}";
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(File.ReadAllBytes(tar));
        return (Blob(packed.ToArray(), "application/vnd.oci.image.layer.v1.tar+gzip"), diff);
    }

    JsonObject Blob(byte[] bytes, string media)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        File.WriteAllBytes($"{layout}/blobs/sha256/{digest}", bytes);
        return new()
        {
            ["mediaType"] = media,
            ["digest"] = $"sha256:{digest}",
            ["size"] = bytes.Length,
        };
    }
}

void Chart()
{
    using var file = File.Create(Path.Combine(output, $"paddock-{version}.tgz"));
    using var gzip = new GZipStream(file, CompressionLevel.Optimal);
    using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
    foreach (
        var path in Directory
            .EnumerateFiles("packaging/chart", "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
    )
    {
        var name = $"paddock/{Path.GetRelativePath("packaging/chart", path)}";
        if (Path.GetFileName(path) == "Chart.yaml")
            AddText(tar, name, File.ReadAllText(path).Replace("0.0.0", version, StringComparison.Ordinal), 0x1a4);
        else
            AddFile(tar, name, path, 0x1a4);
    }
}

// Writes SPDX 2.3: the packages compiled into the programs, from their lock files, and the Debian packages in the
// image.
void Sbom()
{
    var licences = File.ReadAllLines("docs/licenses.md")
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .GroupBy(cells => (cells[1], cells[2]))
        .ToDictionary(group => group.Key, group => group.First()[3]);
    var used = new SortedDictionary<(string Name, string Version), string>();
    foreach (var project in (string[])["Cli", "Server", "Runner"])
    {
        using var file = JsonDocument.Parse(File.ReadAllText($"src/{project}/packages.lock.json"));
        foreach (var framework in file.RootElement.GetProperty("dependencies").EnumerateObject())
        foreach (var package in framework.Value.EnumerateObject())
            if (package.Value.TryGetProperty("resolved", out var resolved))
                used[(package.Name, resolved.GetString()!)] = licences.GetValueOrDefault(
                    (package.Name, resolved.GetString()!),
                    "NOASSERTION"
                );
    }
    var packages = new JsonArray(
        new JsonObject
        {
            ["SPDXID"] = "SPDXRef-Paddock",
            ["name"] = "paddock",
            ["versionInfo"] = version,
            ["downloadLocation"] = "NOASSERTION",
            ["licenseConcluded"] = "Apache-2.0",
            ["licenseDeclared"] = "Apache-2.0",
            ["filesAnalyzed"] = false,
        }
    );
    var relations = new JsonArray(
        new JsonObject
        {
            ["spdxElementId"] = "SPDXRef-DOCUMENT",
            ["relationshipType"] = "DESCRIBES",
            ["relatedSpdxElement"] = "SPDXRef-Paddock",
        }
    );
    foreach (var ((name, number), licence) in used)
        Add($"nuget-{name}-{number}", name, number, licence, $"pkg:nuget/{name}@{number}");
    foreach (var (name, number) in DebianPackages())
        Add($"deb-{name}-{number}", name, number, "NOASSERTION", $"pkg:deb/debian/{name}@{number}?arch={architecture}");
    Write(
        Path.Combine(output, $"paddock-{version}-{rid}.spdx.json"),
        new JsonObject
        {
            ["spdxVersion"] = "SPDX-2.3",
            ["dataLicense"] = "CC0-1.0",
            ["SPDXID"] = "SPDXRef-DOCUMENT",
            ["name"] = $"paddock-{version}-{rid}",
            ["documentNamespace"] = $"https://spdx.org/spdxdocs/paddock-{version}-{rid}-{commit}",
            ["creationInfo"] = new JsonObject
            {
                ["created"] = $"{made:yyyy-MM-ddTHH:mm:ssZ}",
                ["creators"] = new JsonArray("Tool: tools/package.cs"),
            },
            ["packages"] = packages,
            ["relationships"] = relations,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n",
        0x1a4
    );

    void Add(string id, string name, string number, string licence, string locator)
    {
        id = "SPDXRef-" + string.Concat(id.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));
        packages.Add(
            new JsonObject
            {
                ["SPDXID"] = id,
                ["name"] = name,
                ["versionInfo"] = number,
                ["downloadLocation"] = "NOASSERTION",
                ["licenseConcluded"] = licence,
                ["licenseDeclared"] = licence,
                ["filesAnalyzed"] = false,
                ["externalRefs"] = new JsonArray(
                    new JsonObject
                    {
                        ["referenceCategory"] = "PACKAGE-MANAGER",
                        ["referenceType"] = "purl",
                        ["referenceLocator"] = locator,
                    }
                ),
            }
        );
        relations.Add(
            new JsonObject
            {
                ["spdxElementId"] = "SPDXRef-Paddock",
                ["relationshipType"] = "DEPENDS_ON",
                ["relatedSpdxElement"] = id,
            }
        );
    }
}

IEnumerable<(string Name, string Version)> DebianPackages()
{
    using var tar = new TarReader(File.OpenRead($"{work}/system.tar"));
    while (tar.GetNextEntry(copyData: true) is { } entry)
    {
        if (entry.Name.TrimStart('.', '/') != "var/lib/dpkg/status" || entry.DataStream is null)
            continue;
        foreach (
            var paragraph in new StreamReader(entry.DataStream)
                .ReadToEnd()
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        )
            if (Field(paragraph, "Package") is { } name && Field(paragraph, "Version") is { } number)
                yield return (name, number);
    }

    static string? Field(string paragraph, string field) =>
        paragraph
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith($"{field}: ", StringComparison.Ordinal))
            ?[(field.Length + 2)..];
}

// Lists the subjects of the commits since the last release; of all commits when there was no release.
void Notes()
{
    var tags = Read("git", "tag", "--list", "v*", "--merged", "HEAD", "--sort=-creatordate")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);
    var last = tags.FirstOrDefault(tag => tag != $"v{version}");
    var subjects = Read("git", "log", "--no-merges", "--format=- %s (%h)", last is null ? "HEAD" : $"{last}..HEAD");
    Write(
        Path.Combine(output, "release-notes.md"),
        $"# Paddock {version}\n\nChanges since {last ?? "the beginning"}, the newest first:\n\n{subjects}\n",
        0x1a4
    );
}

void Checksums()
{
    var lines = Directory
        .EnumerateFiles(output)
        .Where(file => Path.GetFileName(file) != "SHA256SUMS")
        .Order(StringComparer.Ordinal)
        .Select(file =>
            $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}  {Path.GetFileName(file)}\n"
        );
    Write(Path.Combine(output, "SHA256SUMS"), string.Concat(lines), 0x1a4);
}

void AddFile(TarWriter tar, string name, string file, int mode)
{
    using var content = File.OpenRead(file);
    tar.WriteEntry(
        Dated(new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)mode, DataStream = content })
    );
}

void AddText(TarWriter tar, string name, string text, int mode) =>
    tar.WriteEntry(
        Dated(
            new UstarTarEntry(TarEntryType.RegularFile, name)
            {
                Mode = (UnixFileMode)mode,
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
            }
        )
    );

void AddFolder(TarWriter tar, string name, int mode, int owner) =>
    tar.WriteEntry(
        Dated(
            new UstarTarEntry(TarEntryType.Directory, name)
            {
                Mode = (UnixFileMode)mode,
                Uid = owner,
                Gid = owner,
            }
        )
    );

TarEntry Dated(TarEntry entry)
{
    entry.ModificationTime = made;
    return entry;
}

void Copy(string from, string to, int mode)
{
    Directory.CreateDirectory(Path.GetDirectoryName(to)!);
    File.Copy(from, to, overwrite: true);
    File.SetUnixFileMode(to, (UnixFileMode)mode);
}

void Write(string file, string text, int mode)
{
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllText(file, text);
    File.SetUnixFileMode(file, (UnixFileMode)mode);
}

static void Run(string program, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0)
        throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
}

static string Read(string program, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    var text = process.StandardOutput.ReadToEnd().Trim();
    process.WaitForExit();
    return process.ExitCode == 0
        ? text
        : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
}
