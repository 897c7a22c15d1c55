using System.IO.Compression;
using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Installation;

public sealed class RestoreTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restored_embedded_database_equals_its_backup(bool compress)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-restore-").FullName;
        string backup;
        await using (var server = await TestServer.StartAsync(Engine.Sqlite))
        {
            var ada = await WithReportAsync(server);
            (await ada.PostAsync("/v0/server/backup", new { compress })).Expect(201);
            await ada.RunAsync(new Run("demo", Run.Latencies(("a", 2))));
            var made = Directory.GetFiles(server.DataFolder, "backup-*").Single();
            File.Copy(made, backup = Path.Combine(folder, Path.GetFileName(made)));
        }
        var data = Path.Combine(folder, "data");

        var restored = await RestoreAsync([backup], ("PADDOCK_DATA", data));
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("with 1 reports", restored.Output, StringComparison.Ordinal);

        var refused = await RestoreAsync([backup], ("PADDOCK_DATA", data));
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("exists already", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RestoreAsync([backup, "--replace"], ("PADDOCK_DATA", data))).ExitCode);
        Assert.Single(Directory.GetFiles(data, "paddock.db.before-*"));

        await using var again = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                DataFolder = data,
            }
        );
        Assert.Equal(
            (1, 1, 1),
            (await again.CountAsync("reports"), await again.CountAsync("users"), await again.CountAsync("metrics"))
        );
        (await again.GetAsync("/v0/projects/demo")).Expect(200);
        var inUse = await RestoreAsync([backup, "--replace"], ("PADDOCK_DATA", data));
        Assert.Equal(2, inUse.ExitCode);
        Assert.Contains("is in use: stop the server first", inUse.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_PostgreSQL_database_equals_its_backup()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-restore-").FullName;
        string backup;
        await using (var server = await TestServer.StartAsync(Engine.Postgres))
        {
            var ada = await WithReportAsync(server);
            (await ada.PostAsync("/v0/server/backup", new { })).Expect(201);
            var made = Directory.GetFiles(server.DataFolder, "backup-*").Single();
            Assert.EndsWith(".dump", made, StringComparison.Ordinal);
            File.Copy(made, backup = Path.Combine(folder, "backup.dump"));
        }
        var database = PostgresServer.NewDatabase();

        var refused = await RestoreAsync([backup], ("PADDOCK_DATA", folder), ("PADDOCK_DATABASE", database));
        Assert.Contains("The database is not empty", refused.Error, StringComparison.Ordinal);
        var restored = await RestoreAsync(
            [backup, "--replace"],
            ("PADDOCK_DATA", folder),
            ("PADDOCK_DATABASE", database)
        );
        Assert.True(restored.ExitCode == 0, restored.Error);

        await using var again = await TestServer.StartAsync(Engine.Postgres, time: null, options =>
            options with
            {
                Database = database,
            }
        );
        Assert.Equal(
            (1, 1, 1),
            (await again.CountAsync("reports"), await again.CountAsync("users"), await again.CountAsync("metrics"))
        );
        (await again.GetAsync("/v0/projects/demo")).Expect(200);
    }

    [Fact]
    public async Task A_file_that_is_no_backup_is_refused_and_replaces_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-restore-").FullName;
        var text = Path.Combine(folder, "text.db");
        await File.WriteAllTextAsync(text, "no database");
        var zip = Path.Combine(folder, "text.db.gz");
        await File.WriteAllTextAsync(zip, "no gzip");
        var zeros = Path.Combine(folder, "zeros.db.gz");
        await using (var gzip = new GZipStream(File.Create(zeros), CompressionLevel.Fastest))
            await gzip.WriteAsync(new byte[1 << 20]);

        foreach (
            var (file, reason) in new[]
            {
                (text, "is not a backup of an embedded database"),
                (zip, "cannot be unpacked"),
                (zeros, "does not begin like one"),
                (text + "x", "there is no file"),
            }
        )
        {
            var ended = await RestoreAsync([file], ("PADDOCK_DATA", Path.Combine(folder, "data")));
            Assert.Equal(2, ended.ExitCode);
            Assert.Contains(reason, ended.Error, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "data"), "*.db*"));
    }

    [Theory]
    [InlineData("CREATE TRIGGER evil AFTER INSERT ON users BEGIN UPDATE users SET admin = 1; END", "trigger")]
    [InlineData(
        "CREATE VIEW evil AS WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
        "view"
    )]
    [InlineData("CREATE VIRTUAL TABLE evil USING fts5(x)", "virtual table")]
    public async Task A_backup_with_code_of_its_own_is_refused(string sql, string kind)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-restore-").FullName;
        var (backup, data) = (Path.Combine(folder, "backup.db"), Path.Combine(folder, "data"));
        await using (var connection = new SqliteConnection($"Data Source={backup};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                "CREATE TABLE users (admin); CREATE TABLE migrations (id); CREATE TABLE reports (id); " + sql;
            await command.ExecuteNonQueryAsync();
        }

        var ended = await RestoreAsync([backup], ("PADDOCK_DATA", data));

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"The backup has a {kind} named 'evil'", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(data, "*.db*"));
    }

    [Fact]
    public async Task A_backup_cannot_drive_the_terminal_through_an_error_message()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-restore-").FullName;
        var backup = Path.Combine(folder, "\e]0;evil\a.db");
        await File.WriteAllTextAsync(backup, "no database");

        var ended = await RestoreAsync([backup], ("PADDOCK_DATA", Path.Combine(folder, "data")));

        Assert.Contains("^[]0;evil^G.db", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', ended.Error);
    }

    private static async Task<TestUser> WithReportAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new Run("demo", Run.Latencies(("a", 1))));
        return ada;
    }

    private static Task<Ended> RestoreAsync(string[] args, params (string Name, string Value)[] environment) =>
        BuiltProgram.RunAsync(
            BuiltProgram.Server,
            ["restore", .. args],
            environment.ToDictionary(one => one.Name, one => one.Value)
        );
}
