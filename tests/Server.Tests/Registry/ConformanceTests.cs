using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Registry;

/// <summary>The steps of the OCI distribution specification's own conformance program, in the same order.</summary>
public sealed class ConformanceTests
{
    private static readonly Func<byte[], string> Sha256 = content => Repository.Sha256(content);
    private static readonly Func<byte[], string> Sha512 = content => Repository.Sha512(content);

    [Theory, EveryDatabase("sha256"), EveryDatabase("sha512")]
    public async Task A_blob_uploaded_by_any_method_is_returned_unchanged(Engine engine, string algorithm)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var digestOf = algorithm == "sha256" ? Sha256 : Sha512;
        (await repository.SendAsync("GET", $"blobs/{digestOf([1])}")).Expect(404);

        foreach (
            var (seed, push) in new (int, Func<Repository, byte[], string, Task<OciReply>>)[]
            {
                (1, PostOnlyAsync),
                (2, PostAndPutAsync),
                (3, ChunkedAsync),
                (4, StreamedAsync),
                (5, ChunkedWithLastInPutAsync),
                (6, OutOfOrderAsync),
            }
        )
        {
            var content = Repository.Content(3 * 1024 - 5, seed);
            var digest = digestOf(content);
            var stored = (await push(repository, content, digest)).Expect(201);
            Assert.Equal(digest, stored.Headers["Docker-Content-Digest"]);
            Assert.Equal(content, (await repository.SendAsync("GET", stored.Headers["Location"])).Expect(200).Body);
            await ExpectBlobAsync(repository, digest, content);
            (await repository.SendAsync("DELETE", $"blobs/{digest}")).Expect(202);
            (await repository.SendAsync("HEAD", $"blobs/{digest}")).Expect(404);

            (await push(repository, [.. content, 0], digest)).Expect(400, "DIGEST_INVALID");
            (await repository.SendAsync("HEAD", $"blobs/{digest}")).Expect(404);
        }
        foreach (var content in new byte[][] { [], "{}"u8.ToArray() })
        {
            foreach (
                var push in new Func<Repository, byte[], string, Task<OciReply>>[]
                {
                    PostAndPutAsync,
                    PostOnlyAsync,
                    StreamedAsync,
                }
            )
            {
                (await push(repository, content, digestOf(content))).Expect(201);
                await ExpectBlobAsync(repository, digestOf(content), content);
                (await repository.SendAsync("DELETE", $"blobs/{digestOf(content)}")).Expect(202);
            }
        }
    }

    [Theory, EveryDatabase("sha256"), EveryDatabase("sha512")]
    public async Task A_blob_is_mounted_from_a_named_repository_or_from_any_other(Engine engine, string algorithm)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var one = await Repository.OpenAsync(ada, "one");
        using var two = await Repository.OpenAsync(ada, "two");
        var digestOf = algorithm == "sha256" ? Sha256 : Sha512;
        var (named, any, missing) = (
            Repository.Content(512, 1),
            Repository.Content(512, 2),
            Repository.Content(512, 3)
        );
        foreach (var content in new[] { named, any })
            (await PostAndPutAsync(two, content, digestOf(content))).Expect(201);

        var mounted = (await one.SendAsync("POST", $"blobs/uploads/?mount={digestOf(named)}&from=two")).Expect(201);
        Assert.Equal($"/v2/one/blobs/{digestOf(named)}", mounted.Headers["Location"]);
        await ExpectBlobAsync(one, digestOf(named), named);
        (await one.SendAsync("POST", $"blobs/uploads/?mount={digestOf(any)}")).Expect(201);
        await ExpectBlobAsync(one, digestOf(any), any);

        var instead = (await one.SendAsync("POST", $"blobs/uploads/?mount={digestOf(missing)}&from=two")).Expect(202);
        (await one.SendAsync("PUT", $"{instead.Headers["Location"]}?digest={digestOf(missing)}", missing)).Expect(201);
        (await two.SendAsync("DELETE", $"blobs/{digestOf(named)}")).Expect(202);
        await ExpectBlobAsync(one, digestOf(named), named);
    }

    [Theory, EveryDatabase]
    public async Task A_range_request_returns_part_of_a_blob(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var content = Repository.Content(2048, seed: 1);
        var digest = Repository.Sha256(content);
        (await ChunkedAsync(repository, content, digest)).Expect(201); // Stored in several parts.

        await ExpectRangeAsync("bytes=500-1499", 500, 1499);
        await ExpectRangeAsync("bytes=500-", 500, 2047);
        await ExpectRangeAsync("bytes=-500", 1548, 2047);
        await ExpectRangeAsync("bytes=2000-5000", 2000, 2047);
        await ExpectRangeAsync("bytes=0-0", 0, 0);
        await ExpectRangeAsync("bytes=683-684", 683, 684);
        foreach (var none in new[] { "bytes=500-0", "bytes=5000-10000", "bytes=2048-" })
            Assert.Equal(
                "bytes */2048",
                (await repository.SendAsync("GET", $"blobs/{digest}", headers: ("Range", none))).Expect(416).Headers[
                    "Content-Range"
                ]
            );
        foreach (var unheeded in new[] { "lines=1-2", "bytes=0-1,5-6" })
            Assert.Equal(
                content,
                (await repository.SendAsync("GET", $"blobs/{digest}", headers: ("Range", unheeded))).Expect(200).Body
            );

        async Task ExpectRangeAsync(string header, int first, int last)
        {
            var part = (await repository.SendAsync("GET", $"blobs/{digest}", headers: ("Range", header))).Expect(206);
            Assert.Equal(content[first..(last + 1)], part.Body);
            Assert.Equal($"bytes {first}-{last}/2048", part.Headers["Content-Range"]);
            Assert.Equal((last - first + 1).ToString(CultureInfo.InvariantCulture), part.Headers["Content-Length"]);
        }
    }

    [Theory, EveryDatabase("sha256"), EveryDatabase("sha512")]
    public async Task Manifests_and_indexes_of_every_shape_are_returned_byte_for_byte(Engine engine, string algorithm)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var digestOf = algorithm == "sha256" ? Sha256 : Sha512;
        var (config, layer) = ("""{"os":"linux"}"""u8.ToArray(), Repository.Content(100, seed: 1));
        foreach (var blob in new[] { config, layer })
            await repository.PushBlobAsync(blob);
        var image = Repository.Manifest([config, layer]);
        var index = Repository.Index(image);
        var large = JsonNode.Parse(image)!;
        large["annotations"] = new JsonObject(
            Enumerable
                .Range(0, 390)
                .Select(i => KeyValuePair.Create<string, JsonNode?>($"large-annotation-{i}", new string('A', 10_000)))
        );

        foreach (
            var manifest in new[]
            {
                image,
                With(image, "unknown", 5),
                Repository.Manifest([config]),
                With(image, "annotations", new JsonObject { ["a"] = "b" }),
                Elsewhere(image),
                Encoding.UTF8.GetBytes(large.ToJsonString()),
                [.. image, .. "  \n"u8],
                Repository.Manifest([config, layer], artifactType: "application/vnd.example.v1"),
            }
        )
            await ExpectManifestAsync(manifest, Repository.ManifestType);
        (
            await repository.SendAsync("PUT", $"manifests/{Repository.Sha256(image)}", image, Repository.ManifestType)
        ).Expect(201); // By the digest that the indexes contain.
        foreach (
            var list in new[] { index, Repository.Index(), With(index, "artifactType", "application/vnd.example.v1") }
        )
            await ExpectManifestAsync(list, Repository.IndexType);
        (
            await repository.SendAsync("PUT", $"manifests/{Repository.Sha256(index)}", index, Repository.IndexType)
        ).Expect(201);
        await ExpectManifestAsync(Repository.Index(index), Repository.IndexType);

        (await repository.SendAsync("PUT", $"manifests/{digestOf([1])}", image, Repository.ManifestType)).Expect(
            400,
            "DIGEST_INVALID"
        );
        (await repository.SendAsync("PUT", "manifests/sha256:baddigeststring", image, Repository.ManifestType)).Expect(
            400,
            "DIGEST_INVALID"
        );
        (await repository.SendAsync("GET", "manifests/sha256:baddigeststring")).Expect(404, "MANIFEST_UNKNOWN");

        async Task ExpectManifestAsync(byte[] manifest, string type)
        {
            var digest = digestOf(manifest);
            var put = (
                await repository.SendAsync("PUT", $"manifests/{digest}?tag=first&tag=second", manifest, type)
            ).Expect(201);
            Assert.Equal((digest, "first, second"), (put.Headers["Docker-Content-Digest"], put.Headers["OCI-Tag"]));
            foreach (var reference in new[] { digest, "first", "second", put.Headers["Location"].Split('/')[^1] })
            {
                var got = (await repository.SendAsync("GET", $"manifests/{reference}")).Expect(200);
                Assert.Equal(manifest, got.Body);
                Assert.Equal((type, digest), (got.Headers["Content-Type"], got.Headers["Docker-Content-Digest"]));
                var head = (await repository.SendAsync("HEAD", $"manifests/{reference}")).Expect(200);
                Assert.Equal(manifest.Length.ToString(CultureInfo.InvariantCulture), head.Headers["Content-Length"]);
            }
            (await repository.SendAsync("DELETE", "manifests/first")).Expect(202);
            (await repository.SendAsync("HEAD", "manifests/first")).Expect(404);
            (await repository.SendAsync("DELETE", $"manifests/{digest}")).Expect(202);
            foreach (var reference in new[] { digest, "second" })
                (await repository.SendAsync("HEAD", $"manifests/{reference}")).Expect(404);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_sparse_manifest_is_accepted_and_one_without_its_config_or_any_layer_is_refused(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var (config, here, missing) = ("{}"u8.ToArray(), Repository.Content(100, 1), Repository.Content(100, 2));
        foreach (var blob in new[] { config, here })
            await repository.PushBlobAsync(blob);
        var image = Repository.Manifest([config, here]);

        (await repository.SendAsync("PUT", "manifests/image", image, Repository.ManifestType)).Expect(201);
        (
            await repository.SendAsync(
                "PUT",
                "manifests/sparse-image",
                Repository.Manifest([config, here, missing]),
                Repository.ManifestType
            )
        ).Expect(201);
        (
            await repository.SendAsync(
                "PUT",
                "manifests/sparse-index",
                Repository.Index(image, missing),
                Repository.IndexType
            )
        ).Expect(201);

        (
            await repository.SendAsync(
                "PUT",
                "manifests/no",
                Repository.Manifest([config, missing]),
                Repository.ManifestType
            )
        ).Expect(400, "MANIFEST_BLOB_UNKNOWN");
        (
            await repository.SendAsync(
                "PUT",
                "manifests/no",
                Repository.Manifest([missing, here]),
                Repository.ManifestType
            )
        ).Expect(400, "MANIFEST_BLOB_UNKNOWN");
        (await repository.SendAsync("PUT", "manifests/no", Repository.Index(missing), Repository.IndexType)).Expect(
            400,
            "MANIFEST_BLOB_UNKNOWN"
        );
        Assert.Contains(
            Repository.Sha256(missing),
            (await repository.SendAsync("PUT", "manifests/no", Repository.Index(missing), Repository.IndexType)).Text,
            StringComparison.Ordinal
        );
        (await repository.SendAsync("HEAD", "manifests/no")).Expect(404);
    }

    [Theory, EveryDatabase]
    public async Task Tags_are_listed_in_order_and_a_page_at_a_time(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        (await repository.SendAsync("GET", "tags/list")).Expect(404, "NAME_UNKNOWN");
        var digest = await repository.PushImageAsync("b");
        foreach (var tag in new[] { "a", "B", "_", "1.0", "a-1" })
            await repository.PushImageAsync(tag);
        string[] inOrder = ["1.0", "B", "_", "a", "a-1", "b"];

        Assert.Equal(inOrder, await TagsAsync("tags/list"));
        Assert.Equal(inOrder[4..], await TagsAsync("tags/list?last=a"));
        var (pages, next) = (new List<string>(), (string?)"/v2/one/tags/list?n=4");
        while (next is not null)
        {
            var page = (await repository.SendAsync("GET", next)).Expect(200);
            pages.AddRange(page.Json["tags"]!.AsArray().Select(tag => (string)tag!));
            next = page.Headers.TryGetValue("Link", out var link)
                ? link[1..link.IndexOf('>', StringComparison.Ordinal)]
                : null;
        }
        Assert.Equal(inOrder, pages);
        (await repository.SendAsync("DELETE", "manifests/a")).Expect(202);
        (await repository.SendAsync("DELETE", "manifests/a")).Expect(404, "MANIFEST_UNKNOWN");
        (await repository.SendAsync("GET", $"manifests/{digest}")).Expect(200);
        (await repository.SendAsync("GET", "tags/list?last=-")).Expect(400, "TAG_INVALID");

        async Task<string[]> TagsAsync(string path) =>
            [
                .. (await repository.SendAsync("GET", path)).Expect(200).Json["tags"]!
                    .AsArray()
                    .Select(tag => (string)tag!),
            ];
    }

    [Theory, EveryDatabase]
    public async Task Referrers_of_an_image_are_listed_and_filtered_by_artifact_type(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        // Also for a repository that does not exist yet.
        (await repository.SendAsync("GET", $"referrers/{Repository.Sha256([])}")).Expect(200);
        var subject = await repository.PushImageAsync("image");
        var about = new
        {
            mediaType = Repository.ManifestType,
            digest = subject,
            size = 1,
        };
        var (config, layer) = ("{}"u8.ToArray(), Repository.Content(10, 9));
        foreach (var blob in new[] { config, layer })
            await repository.PushBlobAsync(blob);
        var signature = With(
            Repository.Manifest([config, layer], about, artifactType: "application/vnd.example.sig"),
            "annotations",
            new JsonObject { ["by"] = "Ada" }
        );
        var list = With(
            With(
                Repository.Index(),
                "subject",
                JsonNode.Parse(Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(about)))!
            ),
            "artifactType",
            "application/vnd.example.sbom"
        );
        var plain = Repository.Manifest([config, layer], about);

        foreach (
            var (manifest, type) in new[]
            {
                (signature, Repository.ManifestType),
                (list, Repository.IndexType),
                (plain, Repository.ManifestType),
            }
        )
            Assert.Equal(
                subject,
                (await repository.SendAsync("PUT", $"manifests/{Repository.Sha256(manifest)}", manifest, type))
                    .Expect(201)
                    .Headers["OCI-Subject"]
            );

        var all = (await repository.SendAsync("GET", $"referrers/{subject}")).Expect(200);
        Assert.Equal(Repository.IndexType, all.Headers["Content-Type"]);
        Assert.Equal(
            ["application/vnd.example.sig", "application/vnd.example.sbom", ImageLayout.ConfigType],
            all.Json["manifests"]!.AsArray().Select(one => (string)one!["artifactType"]!)
        );
        Assert.Equal("Ada", (string)all.Json["manifests"]![0]!["annotations"]!["by"]!);
        var some = (
            await repository.SendAsync("GET", $"referrers/{subject}?artifactType=application/vnd.example.sig")
        ).Expect(200);
        Assert.Equal("artifactType", some.Headers["OCI-Filters-Applied"]);
        Assert.Equal(
            Repository.Sha256(signature),
            (string)Assert.Single(some.Json["manifests"]!.AsArray())!["digest"]!
        );
    }

    private static async Task ExpectBlobAsync(Repository repository, string digest, byte[] content)
    {
        var head = (await repository.SendAsync("HEAD", $"blobs/{digest}")).Expect(200);
        Assert.Equal(
            (content.Length.ToString(CultureInfo.InvariantCulture), digest),
            (head.Headers["Content-Length"], head.Headers["Docker-Content-Digest"])
        );
        var got = (await repository.SendAsync("GET", $"blobs/{digest}")).Expect(200);
        Assert.Equal(content, got.Body);
        Assert.Equal(digest, got.Headers["Docker-Content-Digest"]);
    }

    private static Task<OciReply> PostOnlyAsync(Repository repository, byte[] content, string digest) =>
        repository.SendAsync("POST", $"blobs/uploads/?digest={digest}", content);

    private static async Task<OciReply> PostAndPutAsync(Repository repository, byte[] content, string digest) =>
        await repository.SendAsync("PUT", $"{await repository.BeginAsync()}?digest={digest}", content);

    private static async Task<OciReply> StreamedAsync(Repository repository, byte[] content, string digest)
    {
        var at = (await repository.SendAsync("PATCH", await repository.BeginAsync(), content)).Expect(202).Headers[
            "Location"
        ];
        return await repository.SendAsync("PUT", $"{at}?digest={digest}");
    }

    private static Task<OciReply> ChunkedAsync(Repository repository, byte[] content, string digest) =>
        ChunksAsync(repository, content, digest, lastInPut: false, astray: false);

    private static Task<OciReply> ChunkedWithLastInPutAsync(Repository repository, byte[] content, string digest) =>
        ChunksAsync(repository, content, digest, lastInPut: true, astray: false);

    private static Task<OciReply> OutOfOrderAsync(Repository repository, byte[] content, string digest) =>
        ChunksAsync(repository, content, digest, lastInPut: true, astray: true);

    private static async Task<OciReply> ChunksAsync(
        Repository repository,
        byte[] content,
        string digest,
        bool lastInPut,
        bool astray
    )
    {
        var at = await repository.BeginAsync();
        var size = content.Length / 3 + 1;
        for (var first = 0; first < content.Length; first += size)
        {
            var last = Math.Min(first + size, content.Length) - 1;
            if (astray)
            {
                var (method, query) = last == content.Length - 1 ? ("PUT", $"?digest={digest}") : ("PATCH", "");
                (
                    await repository.SendAsync(
                        method,
                        at + query,
                        content[1..5],
                        headers: ("Content-Range", $"{last + 1}-{last + 4}")
                    )
                ).Expect(416);
                Assert.Equal(
                    $"0-{Math.Max(0, first - 1)}",
                    (await repository.SendAsync("GET", at)).Expect(204).Headers["Range"]
                );
            }
            if (lastInPut && last == content.Length - 1)
                return await repository.SendAsync(
                    "PUT",
                    $"{at}?digest={digest}",
                    content[first..],
                    headers: ("Content-Range", $"{first}-{last}")
                );
            var chunk = (
                await repository.SendAsync(
                    "PATCH",
                    at,
                    content[first..(last + 1)],
                    headers: ("Content-Range", $"{first}-{last}")
                )
            ).Expect(202);
            Assert.Equal($"0-{last}", chunk.Headers["Range"]);
            at = chunk.Headers["Location"];
        }
        return await repository.SendAsync("PUT", $"{at}?digest={digest}");
    }

    private static byte[] With(byte[] manifest, string field, JsonNode value)
    {
        var json = JsonNode.Parse(manifest)!;
        json[field] = value;
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    // A manifest with a layer that is available elsewhere (foreign).
    private static byte[] Elsewhere(byte[] manifest)
    {
        var json = JsonNode.Parse(manifest)!;
        json["layers"]!
            .AsArray()
            .Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                        ["digest"] = Repository.Sha256([7]),
                        ["size"] = 1,
                        ["urls"] = new JsonArray("https://example.com/layer"),
                    }
            );
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
