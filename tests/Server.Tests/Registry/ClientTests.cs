using System.Text.Json.Nodes;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Registry;

/// <summary>The registry, used by Skopeo, a common client, and by runners.</summary>
public sealed class ClientTests
{
    private static readonly Dictionary<string, string> Files = new()
    {
        ["bin/hello"] = "#!/bin/sh\necho hello\n",
        ["etc/motd"] = "Hello.\n",
    };

    [Theory, EveryDatabase]
    public async Task Skopeo_pushes_an_image_to_a_new_project_and_pulls_it_again(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var image = new ImageLayout();
        var digest = image.Add("v1", Files, "hello");
        using var pulled = new ImageLayout();
        var repository = $"docker://{server.Address.Authority}/new-project";

        await CopyAsync(
            $"oci:{image.Folder}:v1",
            $"{repository}:v1",
            "--dest-tls-verify=false",
            "--dest-creds",
            $"{ada.Email}:{ada.Token}"
        );
        await CopyAsync(
            $"{repository}@{digest}",
            $"oci:{pulled.Folder}:v1",
            "--src-tls-verify=false",
            "--src-creds",
            $"{ada.Email}:{ada.Token}"
        );

        foreach (var blob in Directory.GetFiles(Path.Combine(image.Folder, "blobs", "sha256")))
            Assert.Equal(
                File.ReadAllBytes(blob),
                File.ReadAllBytes(Path.Combine(pulled.Folder, "blobs", "sha256", Path.GetFileName(blob)))
            );
        var project = (await ada.GetAsync("/v0/projects/new-project")).Expect(200);
        Assert.Equal("new-project", (string)project["name"]!);
        Assert.Equal(
            digest,
            await server.Database.WriteAsync(async sql =>
                await ImageLookup.DigestAsync(sql, await IdAsync(sql, "new-project"), "v1", DateTimeOffset.UtcNow)
            )
        );
        Assert.Null(
            await server.Database.WriteAsync(async sql =>
                await ImageLookup.DigestAsync(sql, await IdAsync(sql, "new-project"), "v2", DateTimeOffset.UtcNow)
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task Skopeo_pushes_an_image_of_several_architectures_and_pulls_all_or_one_of_them(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var image = new ImageLayout();
        var digest = image.AddIndex(
            "v1",
            new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["amd64"] = Files,
                ["arm64"] = new Dictionary<string, string> { ["etc/arm"] = "yes" },
            }
        );
        using var all = new ImageLayout();
        using var one = new ImageLayout();
        var repository = $"docker://{server.Address.Authority}/new-project";
        string[] from = ["--src-tls-verify=false", "--src-creds", $"{ada.Email}:{ada.Token}"];

        await CopyAsync(
            $"oci:{image.Folder}:v1",
            $"{repository}:v1",
            "--all",
            "--preserve-digests",
            "--dest-tls-verify=false",
            "--dest-creds",
            $"{ada.Email}:{ada.Token}"
        );
        await CopyAsync($"{repository}@{digest}", $"oci:{all.Folder}:v1", ["--all", "--preserve-digests", .. from]);
        await CopyAsync($"{repository}:v1", $"oci:{one.Folder}:v1", ["--override-arch", "arm64", .. from]);

        Assert.Equal(Blobs(image), Blobs(all));
        Assert.Equal(3, Blobs(one).Count()); // A manifest, a config and a layer.
        Assert.Subset(Blobs(image).ToHashSet(), Blobs(one).ToHashSet());

        static IEnumerable<string> Blobs(ImageLayout layout) =>
            Directory
                .GetFiles(Path.Combine(layout.Folder, "blobs", "sha256"))
                .Select(file => Path.GetFileName(file))
                .Order(StringComparer.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Skopeo_logs_in_copies_inspects_lists_and_deletes(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var image = new ImageLayout();
        image.Add("v1", Files, "hello");
        var (host, scratch) = (server.Address.Authority, Directory.CreateTempSubdirectory("paddock-skopeo-").FullName);
        var (auth, archive) = ($"{scratch}/auth.json", $"{scratch}/image.tar");
        string[] plain = ["--src-tls-verify=false", "--dest-tls-verify=false", "--authfile", auth];

        await SkopeoAsync(
            "login",
            "--tls-verify=false",
            "--authfile",
            auth,
            "--username",
            ada.Email,
            "--password",
            ada.Token,
            host
        );
        await CopyAsync($"oci:{image.Folder}:v1", $"docker-archive:{archive}:demo:v1");
        await CopyAsync($"docker-archive:{archive}:demo:v1", $"docker://{host}/one:archive", plain);
        await CopyAsync(
            $"oci:{image.Folder}:v1",
            $"docker://{host}/one:zstd",
            ["--dest-compress-format", "zstd", "--dest-compress", .. plain]
        );
        await CopyAsync($"docker://{host}/one:archive", $"docker://{host}/two:copy", plain);
        var inspected = await SkopeoAsync(
            "inspect",
            "--tls-verify=false",
            "--authfile",
            auth,
            $"docker://{host}/two:copy"
        );
        var tags = await SkopeoAsync("list-tags", "--tls-verify=false", "--authfile", auth, $"docker://{host}/one");
        await SkopeoAsync("delete", "--tls-verify=false", "--authfile", auth, $"docker://{host}/one:archive");
        var rest = await SkopeoAsync("list-tags", "--tls-verify=false", "--authfile", auth, $"docker://{host}/one");

        Assert.Equal("linux", (string)JsonNode.Parse(inspected)!["Os"]!);
        Assert.Equal(["archive", "zstd"], JsonNode.Parse(tags)!["Tags"]!.AsArray().Select(tag => (string)tag!));
        Assert.Equal(["zstd"], JsonNode.Parse(rest)!["Tags"]!.AsArray().Select(tag => (string)tag!));
        Directory.Delete(scratch, recursive: true);
    }

    [Theory, EveryDatabase]
    public async Task A_runner_token_pulls_images_of_its_project_and_allows_nothing_else(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        using var mine = await Repository.OpenAsync(ada, "mine");
        using var other = await Repository.OpenAsync(ada, "other");
        var digest = await mine.PushImageAsync("v1");
        await other.PushImageAsync("v1");
        var project = (Guid)(await ada.GetAsync("/v0/projects/mine")).Expect(200)["uuid"]!;

        var token = server.Part<OciTokens>().ForRunner(project, Guid.NewGuid());
        using var runner = new Repository(server.Address, project.ToString(), token);

        (await runner.SendAsync("GET", $"manifests/{digest}")).Expect(200);
        (await runner.SendAsync("POST", "blobs/uploads/")).Expect(401, "UNAUTHORIZED");
        (await runner.SendAsync("DELETE", $"manifests/{digest}")).Expect(401, "UNAUTHORIZED");
        (await runner.SendAsync("GET", "/v2/")).Expect(401, "UNAUTHORIZED");
        (await runner.SendAsync("GET", $"/v2/other/manifests/{digest}")).Expect(403, "DENIED");
    }

    internal static async Task<TestServer> StartAsync(
        Engine engine,
        TimeProvider? time = null,
        Func<ServerOptions, ServerOptions>? with = null
    )
    {
        // The address must be known in advance, because refusals say where tokens are issued.
        var address = $"127.0.0.1:{ServerProcess.FreePort()}";
        return await TestServer.StartAsync(engine, time, options =>
            (with ?? (same => same))(options with { Bind = address, ConsoleUrl = $"http://{address}" })
        );
    }

    internal static Task<Id<Project>> IdAsync(Sql sql, string slug) =>
        sql.IdAsync<Project>($"SELECT id FROM projects WHERE slug = {slug}");

    private static async Task CopyAsync(string from, string to, params string[] options)
    {
        await SkopeoAsync(["copy", "--quiet", "--insecure-policy", .. options, from, to]);
    }

    private static async Task<string> SkopeoAsync(params string[] arguments)
    {
        var ended = await BuiltProgram.RunAsync("skopeo", arguments);
        Assert.True(ended.ExitCode == 0, $"skopeo {string.Join(' ', arguments)}: {ended.Error}");
        return ended.Output;
    }
}
