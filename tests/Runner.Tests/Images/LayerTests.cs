using System.Text.Json.Nodes;
using Paddock.Core.Names;
using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tests.Sandbox;

namespace Paddock.Runner.Tests.Images;

/// <summary>Unpacking the layers of images: which entries are accepted, and which are refused.</summary>
public sealed class LayerTests
{
    [Theory, InlineData("gzip"), InlineData("zstd"), InlineData("none")]
    public async Task Upper_layers_replace_and_delete_files_of_lower_layers(string compression)
    {
        using var image = new TestImage()
            .Layer(
                l =>
                    l.Folder("a")
                        .File("a/kept", "1")
                        .File("a/changed", "1")
                        .File("a/gone", "1")
                        .Folder("b")
                        .File("b/inside", "1")
                        .Folder("c")
                        .File("c/old", "1"),
                compression
            )
            .Layer(
                l =>
                    l.File("a/changed", "2")
                        .Whiteout("a/.wh.gone")
                        .Whiteout(".wh.b")
                        .Whiteout("c/.wh..wh..opq")
                        .File("c/new", "2"),
                compression
            )
            .Build();
        await using var view = await View.OfAsync(image);
        Assert.Equal(["a/changed", "a/kept", "c/new"], view.Files());
        Assert.Equal("2", view.Read("a/changed"));
    }

    [Fact]
    public async Task A_whiteout_does_not_hide_an_entry_of_the_same_name_in_its_own_layer()
    {
        using var image = new TestImage()
            .Layer(l => l.Folder("d").File("d/old", "1").File("f", "1"))
            .Layer(l => l.Folder("d").File("d/new", "2").Whiteout(".wh.d").File("f", "2").Whiteout(".wh.f"))
            .Build();
        await using var view = await View.OfAsync(image);
        Assert.Equal(["d/new", "f"], view.Files());
        Assert.Equal("2", view.Read("f"));
    }

    [Fact]
    public async Task Unpacking_keeps_hard_links_modes_owners_long_names_and_attributes()
    {
        var deep = string.Join('/', Enumerable.Repeat(new string('n', 60), 6));
        using var image = new TestImage()
            .Layer(l =>
                l.HardLink("early", "late")
                    .File("late", "content")
                    .File("suid", [1], mode: 0x9ed, uid: 7, gid: 8)
                    .WithAttribute("attributed", "user.note", "kept")
                    .WithAttribute("sly", "trusted.overlay.opaque", "y")
            )
            .Layer(l => l.File($"{deep}/leaf", "deep").HardLink("again", "late"))
            .Build();
        await using var view = await View.OfAsync(image);
        Assert.Equal(
            ("content", "content", "deep"),
            (view.Read("early"), view.Read("again"), view.Read($"{deep}/leaf"))
        );
        var stat = await BuiltProgram.RunAsync("stat", ["-c", "%a %u %g", Path.Combine(view.Root, "suid")]);
        Assert.Equal("4755 7 8\n", stat.Output);
    }

    [Fact]
    public async Task A_layer_cannot_write_outside_the_image_through_a_symbolic_link()
    {
        var outside = Directory.CreateTempSubdirectory("paddock-outside-").FullName;
        using var image = new TestImage()
            .Layer(l =>
                l.Link("out", outside)
                    .Link("up", "../../../../../../../../tmp")
                    .Folder("usr")
                    .Folder("usr/lib")
                    .Link("lib", "usr/lib")
            )
            .Layer(l => l.File("lib/x", "in usr"))
            .Build();
        await using (var view = await View.OfAsync(image))
            Assert.Equal("in usr", view.Read("usr/lib/x"));

        foreach (var link in (string[])["out", "up"])
        {
            using var hostile = new TestImage()
                .Layer(l => l.Link("out", outside).Link("up", "../../../../../../../../tmp").Folder("safe"))
                .Layer(l => l.File($"{link}/paddock-escaped", "!"))
                .Build();
            await Assert.ThrowsAsync<ImageException>(async () =>
            {
                await using var view = await View.OfAsync(hostile);
            });
            using var atOnce = new TestImage()
                .Layer(l =>
                    l.Link("out", outside)
                        .Link("up", "../../../../../../../../tmp")
                        .File($"{link}/paddock-escaped", "!")
                )
                .Build();
            await Assert.ThrowsAsync<ImageException>(async () =>
            {
                await using var view = await View.OfAsync(atOnce);
            });
        }
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.False(File.Exists("/tmp/paddock-escaped"));
        Directory.Delete(outside);
    }

    public static TheoryData<string, Action<object>> Hostile =>
        new()
        {
            { "whose path contains \"..\"", l => ((TestLayer)l).File("../../etc/paddock-escaped", "!") },
            { "whose path contains \"..\"", l => ((TestLayer)l).File("a/../../b", "!") },
            { "contains the device", l => ((TestLayer)l).Device("dev/mem", 1, 1) },
            { "contains the device", l => ((TestLayer)l).Device("whiteout-in-disguise", 0, 0) },
            { "has the whiteout", l => ((TestLayer)l).Whiteout(".wh...") },
            { "has the whiteout", l => ((TestLayer)l).Whiteout(".wh..") },
            { "which does not exist", l => ((TestLayer)l).HardLink("shadow", "/etc/shadow") },
            { "whose path contains \"..\"", l => ((TestLayer)l).HardLink("shadow", "../../../../etc/shadow") },
            { "cannot be unpacked", l => ((TestLayer)l).File(new string('x', 300), "!") },
            { "has the whiteout", l => ((TestLayer)l).Folder("ok/in").Whiteout("ok/in/.wh...") },
            { "has the whiteout", l => ((TestLayer)l).Link("ok/out", "..").Whiteout("ok/out/.wh...") },
            { "whose path contains \"..\"", l => ((TestLayer)l).Whiteout("../.wh.ok") },
            {
                "cannot be unpacked",
                l => ((TestLayer)l).Link("loop", "loop").HardLink("same", "loop").File("same/paddock-escaped", "!")
            },
            { "which is not a file", l => ((TestLayer)l).HardLink("folder", "ok") },
        };

    [Theory, MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public async Task A_hostile_layer_entry_is_refused_and_leaves_nothing_behind(string reason, Action<object> fill)
    {
        await using var machine = new TestMachine();
        using var image = new TestImage().Layer(l => l.Folder("ok")).Layer(l => fill(l)).Build();
        var refused = await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(image.Folder), LayoutSource.Index, CancellationToken.None)
        );
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(Path.Combine(machine.Folder, "layers"))); // The lower layer stays.
        Assert.Empty(Mounts.Below(machine.Folder));
    }

    [Fact]
    public async Task A_hard_link_to_a_symbolic_link_links_to_the_link_and_not_to_its_target()
    {
        var outside = Path.Combine(Directory.CreateTempSubdirectory("paddock-outside-").FullName, "f");
        File.WriteAllText(outside, "untouched");
        using var image = new TestImage()
            .Layer(l =>
                l.Link("out", outside)
                    .HardLink("same", "out")
                    .File("inside", "1")
                    .Link("in", "inside")
                    .HardLink("also", "in")
            )
            .Layer(l => l.File("same", "mine"u8.ToArray(), mode: 0x1ff, uid: 7).HardLink("again", "out"))
            .Build();
        await using (var view = await View.OfAsync(image))
        {
            Assert.Equal(
                ("mine", "1", outside, "inside"),
                (view.Read("same"), view.Read("also"), LinkOf("again"), LinkOf("also"))
            );
            string? LinkOf(string path) => new FileInfo(Path.Combine(view.Root, path)).LinkTarget;
        }
        Assert.Equal("untouched", File.ReadAllText(outside));
        Assert.Equal("0", (await BuiltProgram.RunAsync("stat", ["-c", "%u", outside])).Output.Trim());
        Directory.Delete(Path.GetDirectoryName(outside)!, recursive: true);
    }

    [Fact]
    public async Task The_last_entry_of_a_repeated_name_wins_for_every_kind_of_entry()
    {
        var outside = Directory.CreateTempSubdirectory("paddock-outside-").FullName;
        var mode = File.GetUnixFileMode(outside);
        (string Kind, Action<TestLayer, string> Add)[] kinds =
        [
            ("file", (l, name) => l.File(name, "content")),
            ("folder", (l, name) => l.Folder(name).File($"{name}/below", "1")),
            ("link", (l, name) => l.Link(name, outside)),
            ("hard link", (l, name) => l.HardLink(name, "first")),
        ];
        var pairs = kinds
            .SelectMany(
                before => kinds,
                (before, after) => (Before: before, After: after, Name: $"{before.Kind} then {after.Kind}")
            )
            .ToList();
        using var atOnce = new TestImage()
            .Layer(l =>
            {
                l.File("first", "one");
                foreach (var (before, after, name) in pairs)
                {
                    before.Add(l, name);
                    after.Add(l, name);
                }
            })
            .Build();
        using var layered = new TestImage()
            .Layer(l =>
            {
                l.File("first", "one");
                foreach (var (before, _, name) in pairs)
                    before.Add(l, name);
            })
            .Layer(l =>
            {
                foreach (var (_, after, name) in pairs)
                    after.Add(l, name);
            })
            .Build();
        foreach (var image in new[] { atOnce, layered })
        {
            await using var view = await View.OfAsync(image);
            foreach (var (_, after, name) in pairs)
            {
                var found = new FileInfo(Path.Combine(view.Root, name));
                var kind =
                    found.LinkTarget is not null ? "link"
                    : Directory.Exists(found.FullName) ? "folder"
                    : view.Read(name) == "one" ? "hard link"
                    : "file";
                Assert.Equal(
                    (name, after.Kind, after.Kind == "folder"),
                    (name, kind, File.Exists(Path.Combine(found.FullName, "below")))
                );
            }
        }
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal(mode, File.GetUnixFileMode(outside));
        Directory.Delete(outside);
    }

    [Theory, InlineData("plain"), InlineData("gnu"), InlineData("pax")]
    public async Task An_entry_that_declares_terabytes_is_refused_and_uses_no_disk_space(string kind)
    {
        await using var machine = new TestMachine();
        using var image = new TestImage().Raw(Terabytes(kind)).Build();
        var refused = await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(image.Folder), LayoutSource.Index, CancellationToken.None)
        );
        Assert.Contains(
            kind switch
            {
                "plain" => "ends in the middle of an entry",
                "gnu" => "of an unsupported type",
                _ => "the sparse entry",
            },
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.GetDirectories(Path.Combine(machine.Folder, "layers")));
    }

    [Fact]
    public async Task An_absolute_path_is_unpacked_below_the_root_of_the_image()
    {
        using var image = new TestImage().Layer(l => l.File("/etc/paddock-absolute", "inside")).Build();
        await using var view = await View.OfAsync(image);
        Assert.Equal("inside", view.Read("etc/paddock-absolute"));
        Assert.False(File.Exists("/etc/paddock-absolute"));
    }

    [Theory, InlineData("bytes"), InlineData("entries"), InlineData("name"), InlineData("download")]
    public async Task A_decompression_bomb_is_stopped_at_the_limit(string kind)
    {
        await using var machine = new TestMachine
        {
            Limits = new(
                DownloadBytesMax: kind == "download" ? 100 : 1 << 30,
                StoreBytesMax: 1 << 30,
                new(BytesMax: 8 << 20, EntriesMax: 100)
            ),
        };
        using var image = new TestImage();
        if (kind == "name")
            image.Raw(HugeHeader());
        else
            image.Layer(l =>
            {
                l.File("some", new byte[1000]);
                if (kind == "bytes")
                    l.File("zeros", new byte[32 << 20]);
                for (var i = 0; kind == "entries" && i < 200; i++)
                    l.File($"f{i}", "");
            });
        image.Build();
        var refused = await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(image.Folder), LayoutSource.Index, CancellationToken.None)
        );
        Assert.Contains(
            kind switch
            {
                "bytes" => "The unpacked image has more than",
                "entries" => "more than 100 entries",
                "name" => "whose names and attributes are too long",
                _ => "this runner's limit is 100",
            },
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(
            Directory.Exists(Path.Combine(machine.Folder, "layers"))
                ? Directory.GetDirectories(Path.Combine(machine.Folder, "layers"))
                : []
        );
    }

    public static TheoryData<string, Action<TestLies>> Lies =>
        new()
        {
            { "does not match its digest", lies => lies.Damage(lies.Layer) },
            { "ended after", lies => lies.Truncate(lies.Layer) },
            { "longer than the", lies => lies.Size(-1) },
            { "ended after", lies => lies.Size(+1) },
            { "The unpacked content of the layer", lies => lies.WrongDiff() },
            { "does not match its digest", lies => lies.Damage(lies.Config) },
            { "at most", lies => lies.Many() },
            { "is not a digest", lies => lies.BadDigest() },
            { "The numbers of layers", lies => lies.ExtraLayer() },
        };

    [Theory, MemberData(nameof(Lies), DisableDiscoveryEnumeration = true)]
    public async Task An_image_that_does_not_match_its_manifest_is_refused(string reason, Action<TestLies> lie)
    {
        await using var machine = new TestMachine();
        using var lies = new TestLies();
        lie(lies);
        var refused = await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(lies.Image.Folder), LayoutSource.Index, CancellationToken.None)
        );
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(machine.Folder, "layers")));
    }

    [Fact]
    public async Task The_image_for_the_architecture_of_the_machine_is_taken_from_an_index()
    {
        using var image = new TestImage().Layer(l => l.File("here", "1")).Build(asIndex: true);
        await using var view = await View.OfAsync(image);
        Assert.Equal(["here"], view.Files());
        using var foreign = new TestImage().Layer(l => l.File("here", "1")).Build(architecture: "s390x");
        await Assert.ThrowsAsync<ImageException>(async () =>
        {
            await using var none = await View.OfAsync(foreign);
        });
    }

    [Fact]
    public async Task Concurrent_requests_share_one_pull_and_later_requests_pull_no_layer()
    {
        await using var machine = new TestMachine();
        using var image = new TestImage()
            .Layer(l => l.File("big", new byte[1 << 20]))
            .Layer(l => l.File("more", "2"))
            .Build();
        var source = new CountingSource(new LayoutSource(image.Folder));
        var images = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => machine.Images.GetAsync(source, image.ManifestDigest, CancellationToken.None))
        );
        var layers = source.Blobs.Where(blob => File.ReadAllBytes(image.BlobPath(blob)) is [0x1f, 0x8b, ..]).ToList();
        Assert.Equal(2, layers.Count);
        Assert.Equal(2, layers.Distinct().Count());
        foreach (var one in images)
            one.Dispose();

        // Pulls that found a layer on disk have also proven that they may read it.
        var (before, proofs) = (source.Blobs.Count, source.Proofs.Count);
        using var again = await machine.Images.GetAsync(source, image.ManifestDigest, CancellationToken.None);
        Assert.Equal((before + 1, 0), (source.Blobs.Count, again.Pulled)); // Only the image's configuration was read.
        Assert.Equal(proofs + 2, source.Proofs.Count);
    }

    [Fact]
    public async Task A_cached_layer_is_mounted_only_for_a_job_that_may_pull_it()
    {
        await using var machine = new TestMachine();
        using var theirs = new TestImage().Layer(l => l.File("secret", "theirs")).Build();
        using (
            await machine.Images.GetAsync(
                new LayoutSource(theirs.Folder),
                theirs.ManifestDigest,
                CancellationToken.None
            )
        ) { }
        var manifest = JsonNode.Parse(File.ReadAllText(theirs.BlobPath(theirs.ManifestDigest)))!;
        var layer = (string)manifest["layers"]![0]!["digest"]!;

        // The project's registry does not have the layer, whatever the manifest says.
        var without = new CountingSource(new LayoutSource(theirs.Folder)) { Refused = layer };
        await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(without, theirs.ManifestDigest, CancellationToken.None)
        );
        Assert.Contains(layer, without.Proofs);

        // Another project's image claims the layer's diff ID but has another blob. The blob is unpacked, and found not
        // to match.
        var diff = (string)
            JsonNode.Parse(File.ReadAllText(theirs.BlobPath((string)manifest["config"]!["digest"]!)))!["rootfs"]![
                "diff_ids"
            ]![0]!;
        using var forged = new TestImage().Raw(TestLayer.Tar(l => l.File("mine", "x")), diffId: diff).Build();
        var refused = await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(forged.Folder), forged.ManifestDigest, CancellationToken.None)
        );
        Assert.Contains("The unpacked content of the layer", refused.Message, StringComparison.Ordinal);

        // The same files with another compression are the same layer, once they were unpacked.
        using var same = new TestImage().Layer(l => l.File("secret", "theirs"), compression: "none").Build();
        using var held = await machine.Images.GetAsync(
            new LayoutSource(same.Folder),
            same.ManifestDigest,
            CancellationToken.None
        );
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(held.Layers[0], "secret")));
        Assert.Single(Directory.GetDirectories(Path.Combine(machine.Folder, "layers")));
    }

    [Fact]
    public async Task A_named_pipe_in_an_image_folder_does_not_block_the_runner()
    {
        await using var machine = new TestMachine();
        using var image = new TestImage().Layer(l => l.File("f", "1")).Build();
        foreach (var file in new[] { image.BlobPath(image.ManifestDigest), Path.Combine(image.Folder, "index.json") })
        {
            File.Delete(file);
            Assert.Equal(0, (await BuiltProgram.RunAsync("mkfifo", [file])).ExitCode);
        }
        await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(image.Folder), LayoutSource.Index, CancellationToken.None)
        );
        await Assert.ThrowsAsync<ImageException>(() =>
            machine.Images.GetAsync(new LayoutSource(image.Folder), image.ManifestDigest, CancellationToken.None)
        );
    }

    [Fact]
    public async Task The_least_recently_used_layer_is_evicted_first_and_a_layer_in_use_never()
    {
        await using var machine = new TestMachine
        {
            Limits = new(1 << 30, StoreBytesMax: 5 << 20, UnpackLimits.Default),
        };
        TestImage[] images =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(i => new TestImage().Layer(l => l.File($"f{i}", new byte[2 << 20])).Build()),
        ];
        using var first = await machine.Images.GetAsync(
            new LayoutSource(images[0].Folder),
            LayoutSource.Index,
            CancellationToken.None
        );
        var second = await machine.Images.GetAsync(
            new LayoutSource(images[1].Folder),
            LayoutSource.Index,
            CancellationToken.None
        );
        second.Dispose();
        using var third = await machine.Images.GetAsync(
            new LayoutSource(images[2].Folder),
            LayoutSource.Index,
            CancellationToken.None
        );
        Assert.Equal(
            (true, false, true),
            (Directory.Exists(first.Layers[0]), Directory.Exists(second.Layers[0]), Directory.Exists(third.Layers[0]))
        );
        foreach (var image in images)
            image.Dispose();
    }

    [Fact]
    public async Task Half_unpacked_layers_of_a_killed_runner_are_removed()
    {
        await using var machine = new TestMachine();
        var half = Directory.CreateDirectory(Path.Combine(machine.Folder, "layers", "new-half", "fs")).FullName;
        File.WriteAllText(Path.Combine(half, "f"), "");
        _ = machine.Images;
        Assert.False(Directory.Exists(Path.GetDirectoryName(half)));
    }

    // A pax header that claims to be 512 MiB long. A highly compressed entry must not fill the memory either.
    private static byte[] HugeHeader() => [.. Header("PaxHeaders/x", 'x', 512 << 20), .. new byte[4 << 20]];

    // Claims 8 TiB but holds a few bytes: as a plain file's length, or by either of tar's two sparse formats.
    private static byte[] Terabytes(string kind)
    {
        const long Claimed = 8L << 40;
        if (kind == "plain")
            return [.. Header("big", '0', Claimed), .. new byte[1024]];
        if (kind == "gnu")
            return [.. Header("big", 'S', 512, realSize: Claimed), .. new byte[512 + 1024]];
        var records = string.Concat(
            (
                (string[])
                    [
                        "GNU.sparse.major=1",
                        "GNU.sparse.minor=0",
                        "GNU.sparse.name=big",
                        $"GNU.sparse.realsize={Claimed}",
                    ]
            ).Select(record => $"{record.Length + 4} {record}\n")
        );
        var padded = new byte[512];
        System.Text.Encoding.ASCII.GetBytes(records).CopyTo(padded, 0);
        var map = new byte[512];
        "1\n0\n0\n"u8.CopyTo(map);
        return
        [
            .. Header("PaxHeaders/big", 'x', records.Length),
            .. padded,
            .. Header("GNUSparseFile.0/big", '0', 512),
            .. map,
            .. new byte[1024],
        ];
    }

    /// <summary>The header that tar writes before an entry.</summary>
    /// <param name="realSize">For a GNU sparse file: its length including the holes.</param>
    private static byte[] Header(string name, char type, long size, long? realSize = null)
    {
        var header = new byte[512];
        System.Text.Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "0000000\0"u8.CopyTo(header.AsSpan(108));
        "0000000\0"u8.CopyTo(header.AsSpan(116));
        Number(header.AsSpan(124, 12), size);
        "00000000000\0"u8.CopyTo(header.AsSpan(136));
        header[156] = (byte)type;
        if (realSize is { } real)
        {
            "ustar  \0"u8.CopyTo(header.AsSpan(257));
            Number(header.AsSpan(386, 12), 0); // The first data segment: its offset, then its length.
            Number(header.AsSpan(398, 12), size);
            Number(header.AsSpan(483, 12), real);
        }
        else
            "ustar\000"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        System
            .Text.Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ")
            .CopyTo(header, 148);
        return header;

        // In octal digits, or as a binary number when the octal digits do not fit.
        static void Number(Span<byte> field, long number)
        {
            if (number < 1L << 33)
                System.Text.Encoding.ASCII.GetBytes(Convert.ToString(number, 8).PadLeft(11, '0') + "\0").CopyTo(field);
            else
            {
                System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(field[4..], number);
                field[0] = 0x80;
            }
        }
    }

    private sealed class CountingSource(IImageSource inner) : IImageSource
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Blobs { get; } = [];

        public Task<byte[]> ManifestAsync(string reference, CancellationToken ct) => inner.ManifestAsync(reference, ct);

        /// <summary>The digest of the blob that the registry claims not to have.</summary>
        public string? Refused { get; init; }

        public System.Collections.Concurrent.ConcurrentQueue<string> Proofs { get; } = [];

        public Task<bool> HasBlobAsync(Digest digest, CancellationToken ct)
        {
            Proofs.Enqueue(digest.Value);
            return digest.Value == Refused ? Task.FromResult(false) : inner.HasBlobAsync(digest, ct);
        }

        public Task<Stream> OpenBlobAsync(Digest digest, CancellationToken ct)
        {
            Blobs.Enqueue(digest.Value);
            return inner.OpenBlobAsync(digest, ct);
        }
    }

    /// <summary>The files of an image as a program in it would see them.</summary>
    private sealed class View : IAsyncDisposable
    {
        private readonly TestMachine machine = new();
        public string Root => Path.Combine(machine.Folder, "view");

        public static async Task<View> OfAsync(TestImage image)
        {
            var view = new View();
            try
            {
                using var held = await view.machine.Images.GetAsync(
                    new LayoutSource(image.Folder),
                    LayoutSource.Index,
                    CancellationToken.None
                );
                Directory.CreateDirectory(view.Root);
                Overlay.MountReadOnly(held.Layers, view.Root);
                return view;
            }
            catch
            {
                await view.DisposeAsync();
                throw;
            }
        }

        public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

        public IEnumerable<string> Files() =>
            Directory
                .EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file))
                .Order(StringComparer.Ordinal);

        public ValueTask DisposeAsync() => machine.DisposeAsync();
    }
}

/// <summary>An image of one layer in which tests falsify digests, sizes and blobs.</summary>
public sealed class TestLies : IDisposable
{
    private Action<JsonObject>? tamper;
    internal TestImage Image { get; } = new TestImage().Layer(l => l.File("f", new byte[100_000])).Build();

    internal string Layer => Manifest["layers"]![0]!["digest"]!.GetValue<string>();
    internal string Config => Manifest["config"]!["digest"]!.GetValue<string>();

    private JsonNode Manifest => JsonNode.Parse(File.ReadAllBytes(Image.BlobPath(Image.ManifestDigest)))!;

    internal void Damage(string blob)
    {
        var bytes = File.ReadAllBytes(Image.BlobPath(blob));
        bytes[^1] ^= 1;
        if (blob == Config)
            bytes[^2] = (byte)' ';
        File.WriteAllBytes(Image.BlobPath(blob), blob == Layer ? Repacked() : bytes);
    }

    internal void Truncate(string blob)
    {
        using var file = File.OpenWrite(Image.BlobPath(blob));
        file.SetLength(file.Length - 20);
    }

    internal void Size(int by) =>
        Tampered(m => m["layers"]![0]!["size"] = m["layers"]![0]!["size"]!.GetValue<int>() + by);

    internal void BadDigest() => Tampered(m => m["layers"]![0]!["digest"] = "sha256:../../../etc/passwd");

    internal void ExtraLayer() => Tampered(m => m["layers"]!.AsArray().Add(m["layers"]![0]!.DeepClone()));

    internal void WrongDiff() =>
        Tampered(m =>
        {
            var config = JsonNode
                .Parse(File.ReadAllBytes(Image.BlobPath(m["config"]!["digest"]!.GetValue<string>())))!
                .AsObject();
            config["rootfs"]!["diff_ids"]![0] = TestImage.DigestOf("something else"u8);
            m["config"] = Image.Blob(
                System.Text.Encoding.UTF8.GetBytes(config.ToJsonString()),
                "application/vnd.oci.image.config.v1+json"
            );
        });

    internal void Many() =>
        Tampered(m =>
        {
            for (var i = 0; i < 200; i++)
                m["layers"]!.AsArray().Add(m["layers"]![0]!.DeepClone());
        });

    public void Dispose() => Image.Dispose();

    private void Tampered(Action<JsonObject> change)
    {
        tamper = change;
        Image.Build(tamper);
    }

    // As long as the true layer, and a valid one, so only the digest differs.
    private byte[] Repacked()
    {
        var bytes = File.ReadAllBytes(Image.BlobPath(Layer));
        bytes[4] ^= 1; // The modification time in the gzip header.
        return bytes;
    }
}
