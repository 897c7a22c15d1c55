using System.Globalization;
using System.IO.Compression;
using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Core.Names;
using Paddock.Server.Ground.Disk;

namespace Paddock.Server.Installation;

/// <c>paddock-server restore</c>: replaces the database with a backup, for an operator who has stopped the server. The
/// previous database is kept beside it (SQLite), or is overwritten, which requires --replace (PostgreSQL).
internal static class RestoreCommand
{
    public const string Usage = "paddock-server restore BACKUP [--replace]";

    private const string OwnTables =
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('servers', 'migrations', 'reports')";

    // Triggers, views and virtual tables: a trigger could undo each change of an account, a view could never end.
    private const string ForeignCode = """
        SELECT CASE WHEN type = 'table' THEN 'virtual table' ELSE type END || ' named ' || quote(substr(name, 1, 60))
        FROM sqlite_master WHERE type NOT IN ('table', 'index') OR type = 'table' AND COALESCE(rootpage, 0) = 0 LIMIT 1
        """;

    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string backup,
        bool replaces,
        Func<string, string?> environment,
        TextWriter output,
        TextWriter error
    )
    {
        if (!File.Exists(backup))
            return await RefuseAsync(error, $"BACKUP: there is no file {Text.Quote(backup)}");
        var options = ServerOptions.FromEnvironment(environment);
        PrivateFiles.MaskOthers();
        try
        {
            var said =
                options.Database == "sqlite"
                    ? await RestoreFileAsync(backup, options.DataFolder, replaces)
                    : await RestoreDumpAsync(backup, options.Database, replaces);
            await output.WriteLineAsync(
                ControlCharacters.ShowInLine(
                    $"{said} Start the server; it brings an older database up to date by itself."
                )
            );
            return 0;
        }
        catch (RestoreException e)
        {
            return await RefuseAsync(error, e.Message);
        }
        catch (SqliteException e)
        {
            return await RefuseAsync(
                error,
                $"{Text.Quote(backup)} is not a backup of an embedded database: {e.Message}"
            );
        }
        catch (InvalidDataException e)
        {
            return await RefuseAsync(error, $"{Text.Quote(backup)} cannot be unpacked: {e.Message}");
        }
    }

    private static async Task<string> RestoreFileAsync(string backup, string folder, bool replaces)
    {
        var (database, part) = (Path.Combine(folder, "paddock.db"), Path.Combine(folder, "restore.db.part"));
        try
        {
            if (File.Exists(database))
            {
                if (!replaces)
                    throw new RestoreException(
                        $"{database} exists already. Stop the server and add --replace: the present database is then "
                            + $"kept under another name beside it."
                    );
                DemandUnused(database);
            }
            await UnpackAsync(backup, part);
            var reports = Check(part);
            var kept = "";
            if (File.Exists(database))
            {
                var former = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{database}.before-{DateTime.UtcNow:yyyy-MM-dd-HH-mm-ss}"
                );
                File.Move(database, former);
                kept = $" The former database is {former}.";
            }
            // The write-ahead log belongs to the previous file.
            foreach (var log in (string[])[$"{database}-wal", $"{database}-shm"])
                File.Delete(log);
            File.Move(part, database);
            return $"{database} is restored from {backup}, with {reports} reports.{kept}";
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task UnpackAsync(string backup, string to)
    {
        await using var file = File.OpenRead(backup);
        await using var source = backup.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? (Stream)new GZipStream(file, CompressionMode.Decompress)
            : file;
        // A few compressed megabytes of something else could fill the disk before SQLite looks at them.
        var start = new byte[Header.Length];
        var length = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false);
        if (!start.AsSpan(0, length).SequenceEqual(Header))
            throw new RestoreException(
                $"{Text.Quote(backup)} is not a backup of an embedded database: it does not begin like one."
            );
        await using var target = File.Create(to);
        await target.WriteAsync(start);
        await source.CopyToAsync(target);
        target.Flush(flushToDisk: true);
    }

    // A damaged database, or another program's, must not replace a working one.
    private static long Check(string file)
    {
        using var connection = Open(file, SqliteOpenMode.ReadWrite);
        Ask(connection, "PRAGMA trusted_schema = OFF");
        if (Ask(connection, ForeignCode) is string foreign)
            throw new RestoreException(
                $"The backup has a {foreign}, which this server never creates. It would run inside the server, so drop "
                    + "it from a copy of the backup, or restore another backup."
            );
        if (Ask(connection, "PRAGMA integrity_check") is not "ok")
            throw new RestoreException("The backup is damaged; its integrity check fails.");
        if (Ask(connection, OwnTables) is not >= 2L)
            throw new RestoreException("The backup is a database, but not one of this server.");
        return (long)Ask(connection, "SELECT count(*) FROM reports")!;
    }

    private static void DemandUnused(string database)
    {
        using var connection = Open(database, SqliteOpenMode.ReadWrite);
        try
        {
            Ask(connection, "PRAGMA locking_mode = EXCLUSIVE");
            Ask(connection, "BEGIN EXCLUSIVE");
            Ask(connection, "ROLLBACK");
            Ask(connection, "PRAGMA locking_mode = NORMAL");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED)
        {
            throw new RestoreException($"{database} is in use: stop the server first.");
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = file,
                Mode = mode,
                Pooling = false,
                DefaultTimeout = 1,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    private static object? Ask(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The queries are constants of this class.
        command.CommandText = query;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private static async Task<string> RestoreDumpAsync(string backup, string database, bool replaces)
    {
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()",
                connection
            );
            if (await command.ExecuteScalarAsync() is > 0L && !replaces)
                throw new RestoreException(
                    "The database is not empty. Stop the server and add --replace: its tables are then dropped and "
                        + "restored from the backup."
                );
        }
        string[] replacing = replaces ? ["--clean", "--if-exists"] : [];
        await PostgresTool.RunAsync(
            "pg_restore",
            database,
            [
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--single-transaction",
                .. replacing,
                Path.GetFullPath(backup),
            ]
        );
        return $"The PostgreSQL database is restored from {backup}.";
    }

    private static async Task<int> RefuseAsync(TextWriter error, string message)
    {
        // Errors quote the backup, whose names may contain what a terminal would obey.
        await error.WriteLineAsync(ControlCharacters.Show(message));
        return 2;
    }
}

/// <summary>The reason why a backup is not restored, as a sentence.</summary>
internal sealed class RestoreException(string message) : Exception(message);
