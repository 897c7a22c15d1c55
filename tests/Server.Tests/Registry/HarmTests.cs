using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Registry;

/// <summary>Truncated, oversized or malicious requests are refused and leave nothing behind.</summary>
public sealed class HarmTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory, EveryDatabase]
    public async Task A_connection_that_breaks_during_a_chunk_leaves_nothing_of_that_chunk(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var at = await repository.BeginAsync();
        (await repository.SendAsync("PATCH", at, [1, 2, 3])).Expect(202);

        foreach (var request in new[] { $"PATCH {at}", $"POST /v2/one/blobs/uploads/?digest={Repository.Sha256([1])}" })
        {
            await BreakAsync(server, request, repository.Token!, "Content-Length: 1000000\r\n\r\nbeginning");
            await BreakAsync(server, request, repository.Token!, "Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n");
        }

        await EventuallyAsync(async () =>
            GarbageTests.Files(server) == 1
            && await server.CountAsync("blob_parts") == 1
            && await server.CountAsync("uploads") == 1
        );
        Assert.Equal("0-2", (await repository.SendAsync("GET", at)).Expect(204).Headers["Range"]);
        (await repository.SendAsync("PUT", $"{at}?digest={Repository.Sha256([1, 2, 3])}")).Expect(201);
    }

    [Theory, EveryDatabase]
    public async Task A_blob_beyond_the_size_limit_is_refused_and_its_upload_removed(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { BlobBytesMax = 1000 },
            }
        );
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var content = Repository.Content(1001, seed: 1);

        (await repository.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(content)}", content)).Expect(
            413,
            "SIZE_INVALID"
        );
        var at = await repository.BeginAsync();
        (await repository.SendAsync("PATCH", at, content[..600])).Expect(202);
        (await repository.SendAsync("PUT", "manifests/v1", content, Repository.ManifestType)).Expect(
            413,
            "SIZE_INVALID"
        );
        (await repository.SendAsync("PATCH", at, content[600..])).Expect(413, "SIZE_INVALID");
        (await repository.SendAsync("PATCH", at, content[600..], headers: ("Transfer-Encoding", "chunked"))).Expect(
            413,
            "SIZE_INVALID"
        );
        Assert.Equal("0-599", (await repository.SendAsync("GET", at)).Expect(204).Headers["Range"]);
        (await repository.SendAsync("PUT", $"{at}?digest={Repository.Sha256(content)}", content[600..])).Expect(
            413,
            "SIZE_INVALID"
        );
        (await repository.SendAsync("GET", at)).Expect(404, "BLOB_UPLOAD_UNKNOWN");
        (
            await repository.SendAsync(
                "POST",
                $"blobs/uploads/?digest={Repository.Sha256(content.AsSpan(..1000))}",
                content[..1000]
            )
        ).Expect(201);

        Assert.Equal(
            (1, 1, 0),
            (GarbageTests.Files(server), await server.CountAsync("blob_parts"), await server.CountAsync("uploads"))
        );
    }

    [Theory, EveryDatabase]
    public async Task An_organization_holds_no_more_than_its_quota(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine, with: options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 3000 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        using var one = await Repository.OpenAsync(ada, "one");
        using var two = await Repository.OpenAsync(ada, "two");
        await one.PushBlobAsync(Repository.Content(1000, 1));
        await two.PushBlobAsync(Repository.Content(1000, 1)); // The same blob again counts once.
        await two.PushBlobAsync(Repository.Content(1500, 2));
        var third = Repository.Content(501, 3);

        (await one.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(third)}", third)).Expect(403, "DENIED");
        var at = await one.BeginAsync();
        (await one.SendAsync("PATCH", at, third)).Expect(403, "DENIED");
        (await one.SendAsync("PATCH", at, third[..400])).Expect(202);
        (
            await two.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(third.AsSpan(400..))}", third[400..])
        ).Expect(403, "DENIED"); // Running uploads count.
        (await one.SendAsync("DELETE", at)).Expect(202);
        var racers = await Task.WhenAll(
            Enumerable
                .Range(10, 6)
                .Select(seed =>
                    one.SendAsync(
                        "POST",
                        $"blobs/uploads/?digest={Repository.Sha256(Repository.Content(400, seed))}",
                        Repository.Content(400, seed)
                    )
                )
        );
        Assert.Equal(1, racers.Count(racer => racer.Status == 201));
        Assert.Equal(5, racers.Count(racer => racer.Status == 403));
        using var other = await Repository.OpenAsync(await server.SignUpAsync("Bob Builder"), "his");
        await other.PushBlobAsync(third);

        Assert.Equal(4, GarbageTests.Files(server));
    }

    [Theory, EveryDatabase]
    public async Task Exactly_one_of_several_concurrent_chunks_for_the_same_range_is_accepted(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var at = await repository.BeginAsync();
        var content = Repository.Content(500_000, seed: 1);

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(_ => repository.SendAsync("PATCH", at, content, headers: ("Content-Range", "0-499999")))
        );

        Assert.Single(replies, reply => reply.Status == 202);
        Assert.Equal(5, replies.Count(reply => reply.Status == 416));
        (await repository.SendAsync("PUT", $"{at}?digest={Repository.Sha256(content)}")).Expect(201);
        Assert.Equal(
            content,
            (await repository.SendAsync("GET", $"blobs/{Repository.Sha256(content)}")).Expect(200).Body
        );
        Assert.Equal(1, GarbageTests.Files(server));
    }

    [Fact]
    public async Task Invalid_manifests_are_refused_and_the_wrong_field_is_named()
    {
        await using var server = await ClientTests.StartAsync(Engine.Sqlite);
        using var repository = await Repository.OpenAsync(await server.SignUpAsync("Ada Admin"), "one");
        var digest = Repository.Sha256([1]);
        foreach (
            var (manifest, word) in new[]
            {
                ("", "JSON"),
                ("null", "null"),
                ("[]", "manifest"),
                ("{\"schemaVersion\":1}", "schemaVersion"),
                ("{\"schemaVersion\":2}", "config"),
                (
                    "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:zz\",\"size\":1},\"layers\":[]}",
                    "config.digest"
                ),
                ($$$"""{"schemaVersion":2,"config":{"digest":"{{{digest}}}","size":1}}""", "layers"),
                ($$$"""{"schemaVersion":2,"config":{"digest":"{{{digest}}}","size":-1},"layers":[]}""", "config.size"),
                ($$$"""{"schemaVersion":2,"config":{"digest":"{{{digest}}}","size":1},"layers":[null]}""", "layers[0]"),
                (
                    $$$"""{"schemaVersion":2,"schemaVersion":2,"config":{"digest":"{{{digest}}}","size":1},"layers":[]}""",
                    "schemaVersion"
                ),
                (
                    $$$"""{"schemaVersion":2,"subject":{"digest":"sha1:00","size":1},"config":{"digest":"{{{digest}}}","size":1},"layers":[]}""",
                    "subject.digest"
                ),
                ("{\"schemaVersion\":2,\"mediaType\":\"text/plain\"}", "mediaType"),
                (new string('[', 100_000), "JSON"),
            }
        )
        {
            var refused = (
                await repository.SendAsync(
                    "PUT",
                    "manifests/v1",
                    Encoding.UTF8.GetBytes(manifest),
                    Repository.ManifestType
                )
            ).Expect(400, "MANIFEST_INVALID");
            Assert.Contains(word, refused.Text, StringComparison.Ordinal);
        }
        (await repository.SendAsync("PUT", "manifests/v1", Repository.Index(), Repository.ManifestType)).Expect(
            400,
            "MANIFEST_INVALID"
        );
        (await repository.SendAsync("PUT", "manifests/v1", new byte[(4 << 20) + 1], Repository.ManifestType)).Expect(
            413,
            "SIZE_INVALID"
        );
        (await repository.SendAsync("PUT", "manifests/.v1", Repository.Index(), Repository.IndexType)).Expect(
            400,
            "TAG_INVALID"
        );
        Assert.Equal(0, await server.CountAsync("manifests"));
    }

    [Fact]
    public async Task A_manifest_beyond_the_size_limit_is_refused_before_any_other_check()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, requestBodyBytesMax: 2048);
        using var stranger = new Repository(server.Address, "nowhere", token: null);

        foreach (var reference in new[] { "v1", ".no-tag", "sha256:00" })
            (await stranger.SendAsync("PUT", $"manifests/{reference}", new byte[2049])).Expect(413, "SIZE_INVALID");
        (await stranger.SendAsync("PUT", "manifests/v1", new byte[2048])).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Unknown_registry_paths_are_refused_with_the_registrys_error_codes()
    {
        await using var server = await ClientTests.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        using var repository = await Repository.OpenAsync(ada, "one");
        await repository.PushImageAsync("v1");

        (await repository.SendAsync("GET", "/v2/one/nothing")).Expect(404, "NAME_UNKNOWN");
        (await repository.SendAsync("GET", "/v2/one/two/tags/list")).Expect(404, "NAME_UNKNOWN");
        (await repository.SendAsync("GET", "blobs/uploads/")).Expect(405, "UNSUPPORTED");
        (await repository.SendAsync("PUT", "tags/list")).Expect(405, "UNSUPPORTED");
        (await repository.SendAsync("GET", "blobs/sha256:abc")).Expect(400, "DIGEST_INVALID");
        (await repository.SendAsync("GET", "blobs/md5:d41d8cd98f00b204e9800998ecf8427e")).Expect(400, "DIGEST_INVALID");
        (await repository.SendAsync("PATCH", "blobs/uploads/not-a-number", [1])).Expect(404, "BLOB_UPLOAD_UNKNOWN");
        (
            await repository.SendAsync(
                "GET",
                "blobs/sha256:" + Repository.Sha256(Repository.Content(1000, 1)).Split(':')[1].ToUpperInvariant()
            )
        ).Expect(200);
        foreach (var name in new[] { "UPPER", "..%2f..", new string('a', 500) })
        {
            using var bad = await Repository.OpenAsync(
                server.Address,
                Uri.UnescapeDataString(name),
                user: null,
                password: null
            );
            var refused = await bad.SendAsync("POST", $"/v2/{name}/blobs/uploads/");
            Assert.True(refused.Status is 400 or 403 or 404, refused.Text);
        }
        Assert.Equal(1, await server.CountAsync("projects"));
    }

    [Theory, EveryDatabase]
    public async Task A_server_killed_during_uploads_keeps_confirmed_chunks_and_drops_unconfirmed_ones(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(
            engine,
            new Dictionary<string, string> { ["PADDOCK_REGISTRY_UPLOAD_TIMEOUT_S"] = "3600" }
        );
        using var client = new Client(server.Address, token: null);
        var ada = await client.SignUpAsync("Ada Admin", server.Tokens);
        using var repository = await Repository.OpenAsync(ada, "one");
        await repository.PushImageAsync("v1");
        var content = Repository.Content(100_000, seed: 5);
        var at = await repository.BeginAsync();
        (await repository.SendAsync("PATCH", at, content[..60_000])).Expect(202);
        using var cut = await ConnectAsync(
            server.Address,
            $"PATCH {at}",
            repository.Token!,
            "Content-Length: 1000000\r\n\r\nbeginning"
        );

        server.Kill();
        await server.StartAsync();

        Assert.Equal("0-59999", (await repository.SendAsync("GET", at)).Expect(204).Headers["Range"]);
        (await repository.SendAsync("PATCH", at, content[60_000..])).Expect(202);
        (await repository.SendAsync("PUT", $"{at}?digest={Repository.Sha256(content)}")).Expect(201);
        Assert.Equal(
            content,
            (await repository.SendAsync("GET", $"blobs/{Repository.Sha256(content)}")).Expect(200).Body
        );
        (await repository.SendAsync("GET", "manifests/v1")).Expect(200);
    }

    private static async Task BreakAsync(TestServer server, string request, string token, string rest)
    {
        using var connection = await ConnectAsync(server.Address, request, token, rest);
        connection.Client.LingerState = new(enable: true, seconds: 0); // Closes the connection with a reset.
    }

    private static async Task<TcpClient> ConnectAsync(Uri address, string request, string token, string rest)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(address.Host, address.Port);
        await connection
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{request} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\n{rest}"
                    )
                )
            );
        return connection;
    }

    // No event announces that the server has noticed a lost connection.
    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !await condition(); )
            if (waited.Elapsed > Patience)
                throw new TimeoutException("It did not come about.");
            else
                await Task.Delay(20);
    }
}
