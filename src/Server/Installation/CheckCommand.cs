using System.Collections;
using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MailKit;
using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Installation;

/// <c>paddock-server --check</c>: reports all problems of the settings at once, and whether the services they name can
/// be reached. It changes nothing: it creates no folder, key or table.
internal static partial class CheckCommand
{
    private const int ProblemsMax = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static IReadOnlyDictionary<string, string> Variables() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    /// <returns>0 when the server can start, 2 when it cannot.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyDictionary<string, string> variables,
        TextWriter output,
        TextWriter error
    )
    {
        var (options, problems, known) = Read(variables);
        foreach (var name in variables.Keys.Order(StringComparer.Ordinal))
            if (Unknown(name, known) is { } note)
                await output.WriteLineAsync($"note: {note}");
        if (options is not null)
        {
            var checks = new (string Of, Func<ServerOptions, Task<string>> Look)[]
            {
                ("data folder", FolderAsync),
                ("database", DatabaseAsync),
                ("blob store", BlobsAsync),
                ("mail", MailAsync),
                ("address", AddressAsync),
            };
            foreach (var (of, look) in checks)
            {
                try
                {
                    await output.WriteLineAsync($"ok {of}: {await look(options).WaitAsync(Patience)}");
                }
                catch (Exception e) when (IsOfCheck(e))
                {
                    problems.Add(
                        $"{of}: {(e is TimeoutException ? $"no answer within {Patience.TotalSeconds} s" : e.Message)}"
                    );
                }
            }
        }
        foreach (var problem in problems)
            await error.WriteLineAsync($"problem: {problem}");
        await output.WriteLineAsync(
            problems.Count == 0 ? "The server can start." : $"The server cannot start: {problems.Count} problems."
        );
        return problems.Count == 0 ? 0 : 2;
    }

    private static bool IsOfCheck(Exception e) =>
        e
            is IOException
                or UnauthorizedAccessException
                or DbException
                or SocketException
                or TimeoutException
                or SchemaException
                or FormatException
                or CommandException
                or ProtocolException
                or ServiceNotConnectedException
                or MailKit.Security.AuthenticationException
                or MailKit.Security.SslHandshakeException
                or Amazon.Runtime.AmazonClientException
                or NotSupportedException;

    // A start fails at the first bad setting. Here a bad setting is left out and the others are read again.
    private static (ServerOptions? Options, List<string> Problems, HashSet<string> Known) Read(
        IReadOnlyDictionary<string, string> variables
    )
    {
        var (problems, known, without) = (new List<string>(), new HashSet<string>(), new HashSet<string>());
        while (problems.Count < ProblemsMax)
        {
            try
            {
                var options = ServerOptions.FromEnvironment(
                    name =>
                    {
                        known.Add(name);
                        return without.Contains(name) ? null : variables.GetValueOrDefault(name);
                    },
                    isDry: true
                );
                return (problems.Count == 0 ? options : null, problems, known);
            }
            catch (FormatException e)
            {
                problems.Add(e.Message);
                var named = Setting().Matches(e.Message).Select(match => match.Value).Where(variables.ContainsKey);
                if (!named.Any(without.Add))
                    return (null, problems, known);
            }
        }
        return (null, problems, known);
    }

    // The command line and the runner have PADDOCK_ variables, too, which may be set in the same environment.
    private static string? Unknown(string name, HashSet<string> known)
    {
        if (!name.StartsWith("PADDOCK_", StringComparison.Ordinal) || known.Contains(name))
            return null;
        var near = known
            .Where(one => one.StartsWith("PADDOCK_", StringComparison.Ordinal))
            .Select(one => (Name: one, Distance: Distance(one, name)))
            .Where(one => one.Distance <= 3)
            .OrderBy(one => one.Distance)
            .Select(one => $"; did you mean {one.Name}?")
            .FirstOrDefault();
        return $"{name} is not a setting of the server{near}";
    }

    // The edit distance: letters to change, insert or delete (Levenshtein, 1966).
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, _) = (row[0], row[0] = i);
            for (var j = 1; j <= b.Length; j++)
            {
                var next = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], next);
            }
        }
        return row[^1];
    }

    private static Task<string> FolderAsync(ServerOptions options)
    {
        var folder = Path.GetFullPath(options.DataFolder);
        var nearest = folder;
        while (!Directory.Exists(nearest))
            nearest = Path.GetDirectoryName(nearest) ?? "/";
        var probe = Path.Combine(nearest, $".paddock-check-{Guid.NewGuid():N}");
        using (
            new FileStream(
                probe,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Options = FileOptions.DeleteOnClose,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        ) { }
        var free = new DriveInfo(nearest).AvailableFreeSpace;
        if (free < options.Limits.DiskFreeMin)
            throw new IOException(
                $"{folder} has {free} bytes free, and PADDOCK_DISK_FREE_MIN_BYTES asks for "
                    + $"{options.Limits.DiskFreeMin};"
                    + " until there is more room the server only reads, deletes and signs in"
            );
        var made = nearest == folder ? "" : ", will be created at the start";
        return Task.FromResult($"{folder} can be written{made}; {free >> 20} MiB are free");
    }

    private static async Task<string> DatabaseAsync(ServerOptions options)
    {
        if (options.Database != "sqlite")
        {
            await using var postgres = new NpgsqlConnection(options.Database);
            await postgres.OpenAsync();
            var schema = await SchemaAsync(postgres, "SELECT to_regclass('migrations') IS NOT NULL");
            return $"PostgreSQL {postgres.PostgreSqlVersion}; {schema}";
        }
        var file = Path.Combine(options.DataFolder, "paddock.db");
        if (!File.Exists(file))
            return "SQLite, will be created at the start";
        await using var sqlite = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = file,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        await sqlite.OpenAsync();
        const string IsThere = "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'migrations'";
        return $"SQLite; {await SchemaAsync(sqlite, IsThere)}";
    }

    private static async Task<string> SchemaAsync(DbConnection connection, string isThere)
    {
        await using var question = connection.CreateCommand();
#pragma warning disable CA2100 // The queries are constants of this class.
        question.CommandText = isThere;
#pragma warning restore CA2100
        if (!Convert.ToBoolean(await question.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture))
            return "empty";
        question.CommandText = "SELECT name FROM migrations";
        var applied = new List<string>();
        await using (var reader = await question.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                applied.Add(reader.GetString(0));
        Migrations.RefuseNewer(applied);
        var missing = Migrations.Names.Except(applied).Count();
        return missing == 0 ? "its tables are up to date" : $"{missing} migrations will be applied at the start";
    }

    private static async Task<string> BlobsAsync(ServerOptions options)
    {
        if (options.Blobs is { Bucket: null })
            return "the data folder";
        var store = options.Blobs.Open(options.DataFolder);
        try
        {
            await using var nothing = await store.OpenAsync(
                "check/nothing",
                offset: 0,
                length: 1,
                CancellationToken.None
            );
        }
        catch (FileNotFoundException) { } // The object is missing, but the bucket answers and accepts the credentials.
        return "the bucket answers";
    }

    private static async Task<string> MailAsync(ServerOptions options)
    {
        if (options.Mail is not { } mail)
            return "goes to the log";
        await using var session = await SmtpSession.OpenAsync(mail, CancellationToken.None);
        return $"{mail.Host}:{mail.Port} accepts it";
    }

    // The address may be in use by the running server, which is no fault.
    private static Task<string> AddressAsync(ServerOptions options)
    {
        var end = IPEndPoint.Parse(options.Bind);
        using var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(end);
            return Task.FromResult($"{options.Bind} is free");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return Task.FromResult($"{options.Bind} is in use, perhaps by this server itself");
        }
    }

    [GeneratedRegex("PADDOCK_[A-Z0-9_]+")]
    private static partial Regex Setting();
}
