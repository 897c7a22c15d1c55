using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using SQLitePCL;

namespace Paddock.Server.Outside.Import;

/// <summary>An uploaded Bencher database. It is opened read-only, and nothing in its schema is trusted.</summary>
internal sealed class BencherFile : IDisposable
{
    private static readonly string[] Needed =
    [
        "user",
        "organization",
        "organization_role",
        "project",
        "project_role",
        "branch",
        "head",
        "head_version",
        "version",
        "testbed",
        "spec",
        "benchmark",
        "measure",
        "threshold",
        "model",
        "report",
        "report_benchmark",
        "metric",
        "boundary",
        "alert",
        "plot",
    ];

    // Bencher stores nothing longer. A computed column could otherwise yield a gigabyte.
    private const int RowBytesMax = 1 << 20;

    private readonly SqliteConnection connection;

    private BencherFile(SqliteConnection connection) => this.connection = connection;

    /// <exception cref="Refusal">The file is not a Bencher database.</exception>
    public static BencherFile Open(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        try
        {
            connection.Open();
            var file = new BencherFile(connection);
            file.Execute("PRAGMA trusted_schema = OFF");
            raw.sqlite3_limit(connection.Handle, raw.SQLITE_LIMIT_LENGTH, RowBytesMax);
            // A virtual table, which a module computes, has no root page.
            var tables = file.List("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0", row =>
                row.Text()
            );
            if (Needed.Except(tables).ToList() is [var missing, ..])
                throw Refusal.BadInput(
                    $"the database has no table \"{missing}\"; allowed: the SQLite database of a Bencher server 0.6"
                );
            return file;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Refusal.BadInput(
                $"the body is not a readable SQLite database ({e.Message}); allowed: the database file of a Bencher "
                    + $"server, copied while it was stopped, or a backup of it"
            );
        }
        catch (Refusal)
        {
            connection.Dispose();
            throw;
        }
    }

    public List<T> List<T>(string query, Func<BencherRow, T> read, params (string Name, long Value)[] parameters)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The queries are constants of this wing.
        command.CommandText = query;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var row = new BencherRow(reader);
        var list = new List<T>();
        while (reader.Read())
        {
            row.Rewind();
            list.Add(read(row));
        }
        return list;
    }

    public void Dispose() => connection.Dispose();

    private void Execute(string pragma)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The pragmas are constants of this class.
        command.CommandText = pragma;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
