using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

/// <summary>Databases written by earlier versions; tests/upgrade/README.md says how they were created.</summary>
public sealed class UpgradeTests
{
    public static TheoryData<string> Versions =>
        [
            .. Directory
                .GetDirectories(Folder(), "schema-*")
                .Select(folder => Path.GetFileName(folder)!)
                .Order(StringComparer.Ordinal),
        ];

    [Theory, MemberData(nameof(Versions))]
    public Task A_SQLite_database_of_an_earlier_version_is_upgraded_and_answers_as_before(string version) =>
        UpgradeAsync(version, Engine.Sqlite);

    [Theory, MemberData(nameof(Versions))]
    public Task A_PostgreSQL_database_of_an_earlier_version_is_upgraded_and_answers_as_before(string version) =>
        UpgradeAsync(version, Engine.Postgres);

    private static async Task UpgradeAsync(string version, Engine engine)
    {
        var folder = Path.Combine(Folder(), version, engine == Engine.Sqlite ? "sqlite" : "postgres");
        var kept = JsonNode.Parse(Unpacked(Path.Combine(folder, "answers.json.gz")))!;
        var made = DateTimeOffset.Parse((string)kept["made"]!, CultureInfo.InvariantCulture);
        await using var server = await TestServer.StartAsync(engine, new HandClock(made), options =>
        {
            using var archive = new GZipStream(
                File.OpenRead(Path.Combine(folder, "data.tar.gz")),
                CompressionMode.Decompress
            );
            TarFile.ExtractToDirectory(archive, options.DataFolder, overwriteFiles: true);
            if (engine == Engine.Postgres)
                PostgresServer.Drop(options.Database);
            return options with
            {
                SecretKey = (string)kept["secret"]!,
                ConsoleUrl = "http://localhost:3000",
                Database =
                    engine == Engine.Sqlite
                        ? "sqlite"
                        : PostgresServer.Restore(Unpacked(Path.Combine(folder, "dump.sql.gz"))),
            };
        });
        using var admin = server.With((string)kept["key"]!);
        foreach (var answer in kept["answers"]!.AsArray())
        {
            var path = (string)answer!["path"]!;
            var now = (await admin.GetAsync(path)).Expect(200);
            Assert.True(
                Difference(answer["body"], now) is not { } difference,
                $"{path}: {Difference(answer["body"], now)}"
            );
        }
        var more = await admin.RunAsync(new Run("parser", Run.Latencies(("parse", 29.1))) { Testbed = "rig" });
        Assert.Equal("main", (string)more["branch"]!["slug"]!);
    }

    /// <returns>The first place where an answer lacks or changes an earlier value; additions do not count.</returns>
    private static string? Difference(JsonNode? before, JsonNode? now, string at = "$")
    {
        switch (before, now)
        {
            case (JsonObject old, JsonObject other):
                return old.Select(member => Difference(member.Value, other[member.Key], $"{at}.{member.Key}"))
                    .FirstOrDefault(found => found is not null);
            case (JsonArray old, JsonArray other) when old.Count == other.Count:
                return old.Select((item, i) => Difference(item, other[i], $"{at}[{i}]"))
                    .FirstOrDefault(found => found is not null);
            case (JsonValue old, JsonValue other)
                when at.EndsWith(".sentence", StringComparison.Ordinal)
                    || at.EndsWith(".reason", StringComparison.Ordinal):
                return Reworded((string)old!) == (string?)other ? null : $"{at} was {old} and is {other}";
            default:
                return JsonNode.DeepEquals(before, now)
                    ? null
                    : $"{at} was {before?.ToJsonString() ?? "null"} and is {now?.ToJsonString() ?? "null"}";
        }
    }

    // Sentences that were reworded since; the rest of each must stay.
    private static string Reworded(string sentence) =>
        sentence
            .Replace("suspected since ", "suspected to be slower since ", StringComparison.Ordinal)
            .Replace("suspected, not proven", "suspected to be slower, not proven", StringComparison.Ordinal)
            .Replace("It is the next.", "It is next in the queue.", StringComparison.Ordinal);

    private static string Unpacked(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(here, "../../../../upgrade");
}
