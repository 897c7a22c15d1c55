using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Outside.Import;

/// <summary>
/// The database of a Bencher 0.6.12 server, and that server's answers (bencher.db.gz and expected.json.gz beside this
/// file).
/// </summary>
public sealed class BencherTests
{
    private const string Path = "/v0/server/import/bencher";

    [Theory, EveryDatabase]
    public async Task An_imported_database_gives_the_same_API_responses_as_the_Bencher_server(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var database = Unpack("bencher.db.gz");

        var dry = (await SendAsync(root, database, "?dry_run=true")).Expect(200);
        Assert.Equal(0, await server.CountAsync("reports"));
        var made = (await SendAsync(root, database)).Expect(201);
        var again = (await SendAsync(root, database)).Expect(201);

        Assert.Equal((2, 4, 7, 96, 916, 11, 0), Counts(made));
        Assert.Equal(Counts(made), Counts(dry));
        Assert.Equal((0, 0, 0, 0, 0, 0, 96), Counts(again));
        Assert.Contains(made["left_out"]!.AsArray(), line =>
            ((string)line!).Contains("runners", StringComparison.Ordinal)
        );
        Assert.Equal(
            (96, 916, 11),
            (await server.CountAsync("reports"), await server.CountAsync("metrics"), await server.CountAsync("alerts"))
        );

        var expected = JsonNode.Parse(Unpack("expected.json.gz"))!["answers"]!.AsObject();
        var (wrong, compared) = (new List<string>(), 0);
        foreach (var (path, answer) in expected)
        {
            if (
                path.StartsWith("/v0/runners", StringComparison.Ordinal)
                || path.StartsWith("/v0/users", StringComparison.Ordinal)
                || path.StartsWith("/v0/organizations", StringComparison.Ordinal)
            )
                continue; // Root is an additional user, and runners are not imported.
            var got = (await root.GetAsync(path)).Expect(200);
            compared++;
            // Bencher orders reports of the same second differently.
            var (a, b) = path.Contains("/reports?", StringComparison.Ordinal)
                ? (ByUuid(answer!), ByUuid(got))
                : (answer!, got);
            if (Difference(a, b, "") is { } difference)
                wrong.Add($"{path[..Math.Min(path.Length, 70)]}: {difference}");
        }
        Assert.Empty(wrong);
        Assert.True(compared > 25, $"only {compared} answers were compared");
    }

    [Theory, EveryDatabase]
    public async Task Only_an_administrator_may_import_and_a_file_that_is_no_database_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var eve = await server.SignUpAsync("Eve Outsider");
        var database = Unpack("bencher.db.gz");

        Assert.Equal(400, (await SendAsync(server, database)).Status); // As all user-only routes refuse.
        Assert.Equal(403, (await SendAsync(eve, database)).Status);
        var text = await SendAsync(root, "no database"u8.ToArray());
        var cut = await SendAsync(root, database[..5000]);

        Assert.Equal((400, 400), (text.Status, cut.Status));
        Assert.Contains("allowed: the database file of a Bencher server", text.Message, StringComparison.Ordinal);
        Assert.Equal((0, 2), (await server.CountAsync("projects"), await server.CountAsync("users")));
        Assert.Empty(Directory.GetFiles(server.DataFolder, "import-*"));
    }

    [Fact]
    public async Task An_import_makes_no_user_an_administrator_and_keeps_different_addresses_apart()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var root = await server.SignUpAsync("Root");
        await server.SignUpAsync("Muriel Bagge"); // muriel.bagge@example.com, not the user in the database.

        (await SendAsync(root, Unpack("bencher.db.gz"))).Expect(201);

        var eustace = (await root.GetAsync("/v0/users/eustace-bagge")).Expect(200);
        Assert.False((bool)eustace["admin"]!);
        Assert.Equal(
            "muriel-bagge",
            (string?)
                (await root.GetAsync("/v0/users?search=muriel.bagge@example.com"))
                    .Expect(200)
                    .AsArray()
                    .FirstOrDefault()
                    ?["slug"]
                ?? "muriel-bagge"
        );
        Assert.Equal(4, await server.CountAsync("users"));
    }

    [Theory, EveryDatabase]
    public async Task An_import_changes_no_organization_or_project_that_the_server_already_has(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var ada = await server.SignUpAsync("Ada Victim");
        var eve = await server.SignUpAsync("Eve Outsider");
        await ada.CreateProjectAsync("Secret");
        var project = (await ada.GetAsync("/v0/projects/secret")).Expect(200);
        var mallory = (await eve.GetAsync("/v0/users/eve-outsider")).Expect(200);
        // The leader of organization 2 is user 2, and project 4 belongs to it.
        var database = Changed(
            $"UPDATE user SET uuid = '{mallory["uuid"]}', email = '{mallory["email"]}' WHERE id = 2",
            $"UPDATE organization SET uuid = '{project["organization"]}' WHERE id = 2",
            $"UPDATE project SET uuid = '{project["uuid"]}' WHERE id = 4"
        );

        var dry = (await SendAsync(root, database, "?dry_run=true")).Expect(200);
        var made = (await SendAsync(root, database)).Expect(201);

        Assert.Equal(Counts(made), Counts(dry));
        Assert.Equal((3, 2), ((int)made["organizations"]!, (int)made["projects"]!));
        Assert.Contains(made["left_out"]!.AsArray(), line =>
            ((string)line!).Contains("on this server already", StringComparison.Ordinal)
        );
        Assert.Equal(404, (await eve.GetAsync($"/v0/organizations/{project["organization"]}")).Status);
        Assert.Empty((await ada.GetAsync("/v0/projects/secret/reports")).Expect(200).AsArray());
    }

    [Theory, EveryDatabase]
    public async Task An_import_with_the_UUID_of_another_projects_branch_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var root = await server.SignUpAsync("Root");
        var ada = await server.SignUpAsync("Ada Victim");
        await ada.CreateProjectAsync("Public");
        (await ada.PostAsync("/v0/projects/public/branches", new { name = "victim" })).Expect(201);
        var before = (await ada.GetAsync("/v0/projects/public/branches/victim")).Expect(200);

        var refused = await SendAsync(
            root,
            Changed($"UPDATE branch SET uuid = '{before["uuid"]}' WHERE id = (SELECT min(id) FROM branch)")
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("belongs to another project on this server", refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            before.ToJsonString(),
            (await ada.GetAsync("/v0/projects/public/branches/victim")).Expect(200).ToJsonString()
        );
    }

    [Theory]
    [InlineData("UPDATE metric SET value = 9e999")]
    [InlineData("UPDATE report_benchmark SET iteration = 2147483646 WHERE id = (SELECT min(id) FROM report_benchmark)")]
    [InlineData("UPDATE report SET start_time = 99999999999999")]
    [InlineData("UPDATE report SET end_time = -62135596800")]
    [InlineData("UPDATE report SET head_id = 4711 WHERE id = (SELECT min(id) FROM report)")]
    [InlineData("UPDATE branch SET slug = '../etc' WHERE id = 1")]
    [InlineData("UPDATE user SET name = 'a' || char(0)")]
    [InlineData("UPDATE benchmark SET name = hex(zeroblob(2100)) WHERE id = 1")]
    [InlineData(
        "ALTER TABLE project RENAME COLUMN name TO old; ALTER TABLE project ADD COLUMN name AS "
            + "(hex(zeroblob(500000000)))"
    )]
    [InlineData("DROP TABLE plot; CREATE VIRTUAL TABLE plot USING fts5(id, uuid)")]
    public async Task An_import_with_a_value_that_the_API_would_refuse_is_refused_with_a_message(string change)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var root = await server.SignUpAsync("Root");

        var refused = await SendAsync(root, Changed(change));

        Assert.Equal(400, refused.Status);
        Assert.Contains("the database", refused.Message, StringComparison.Ordinal);
        foreach (var project in (await root.GetAsync("/v0/projects")).Expect(200).AsArray())
            (await root.GetAsync($"/v0/projects/{project!["slug"]}/reports")).Expect(200);
    }

    /// <summary>The database after tampering.</summary>
    private static byte[] Changed(params string[] changes)
    {
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("paddock-bencher-").FullName, "bencher.db");
        File.WriteAllBytes(path, Unpack("bencher.db.gz"));
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False;Foreign Keys=False"))
        {
            connection.Open();
            foreach (var change in changes)
            {
                using var command = connection.CreateCommand();
                command.CommandText = change;
                command.ExecuteNonQuery();
            }
        }
        var changed = File.ReadAllBytes(path);
        Directory.Delete(System.IO.Path.GetDirectoryName(path)!, recursive: true);
        return changed;
    }

    private static (int, int, int, int, int, int, int) Counts(JsonNode made) =>
        (
            (int)made["users"]!,
            (int)made["organizations"]!,
            (int)made["projects"]!,
            (int)made["reports"]!,
            (int)made["metrics"]!,
            (int)made["alerts"]!,
            (int)made["known"]!
        );

    private static JsonArray ByUuid(JsonNode reports) =>
        new([
            .. reports
                .AsArray()
                .OrderBy(report => (string)report!["uuid"]!, StringComparer.Ordinal)
                .Select(report => report!.DeepClone()),
        ]);

    // Paddock's additions are ignored. The UUID of a metric is computed, so it differs.
    private static string? Difference(JsonNode? expected, JsonNode? got, string at)
    {
        if (at.EndsWith(".metric.uuid", StringComparison.Ordinal))
            return null;
        switch (expected, got)
        {
            case (null, null):
                return null;
            case (JsonObject a, JsonObject b):
                foreach (var (key, value) in a)
                    if (Difference(value, b[key], $"{at}.{key}") is { } inside)
                        return inside;
                return null;
            case (JsonArray a, JsonArray b):
                if (a.Count != b.Count)
                    return $"{at}: {b.Count} items instead of {a.Count}";
                for (var i = 0; i < a.Count; i++)
                    if (Difference(a[i], b[i], $"{at}[{i}]") is { } inside)
                        return inside;
                return null;
            case (JsonValue a, JsonValue b)
                when a.GetValueKind() == System.Text.Json.JsonValueKind.Number && b.GetValueKind() == a.GetValueKind():
                return (double)a == (double)b ? null : $"{at}: {b} instead of {a}";
            default:
                return JsonNode.DeepEquals(expected, got)
                    ? null
                    : $"{at}: {got?.ToJsonString() ?? "null"} instead of {expected?.ToJsonString() ?? "null"}";
        }
    }

    private static async Task<Reply> SendAsync(Client client, byte[] body, string query = "")
    {
        using var content = new ByteArrayContent(body);
        using var response = await client.Http.PostAsync(Path + query, content);
        return new(
            $"POST {Path}",
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers
        );
    }

    private static byte[] Unpack(string name)
    {
        using var gzip = new GZipStream(
            File.OpenRead(System.IO.Path.Combine(Here(), name)),
            CompressionMode.Decompress
        );
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Here([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
