using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Paddock.Server.Ground.Database;

namespace Paddock.Testing;

/// <summary>
/// A PostgreSQL server for this process, from the distribution's binaries. It starts on first use in its own folder, is
/// reached by a socket there, and ends with the process, however that ends.
/// </summary>
internal sealed class PostgresServer
{
    private const string Versions = "/usr/lib/postgresql";
    private const string Account = "postgres"; // PostgreSQL refuses to run as root; its package creates this account.

    // Test data need not survive a power cut; benchmarks use the durable settings of production instead.
    private static readonly string[] Hasty =
    [
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "full_page_writes=off",
    ];
    private static readonly Lazy<PostgresServer> ForTests = new(() => new PostgresServer(Hasty, durable: false));
    private static readonly Lazy<PostgresServer> Durable = new(() => new PostgresServer([], durable: true));

    // Logs the plans of statements as JSON, and never updates table statistics by itself.
    private static readonly string[] ExplainingSettings =
    [
        "-c",
        "autovacuum=off",
        "-c",
        "shared_preload_libraries=auto_explain",
        "-c",
        "auto_explain.log_format=json",
        "-c",
        "auto_explain.log_nested_statements=on",
        "-c",
        "log_min_messages=log",
        "-c",
        "logging_collector=on",
        "-c",
        "log_destination=jsonlog",
        "-c",
        "log_rotation_age=0",
        "-c",
        "log_rotation_size=0",
        "-c",
        "log_filename=plans",
    ];
    private static readonly Lazy<PostgresServer> Explaining = new(() =>
        new PostgresServer([.. Hasty, .. ExplainingSettings], durable: false)
    );

    private readonly string folder;
    private readonly string bin = Binaries();
    private readonly Lazy<string> template;
    private int databases;

    private PostgresServer(string[] settings, bool durable)
    {
        folder = Scratch.Folder("paddock-pg-", durable);
        template = new(MakeTemplate);
        Process? server = null;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(server);
        if (Environment.IsPrivilegedProcess)
            Finish(Process.Start("chown", [Account, folder]), "chown");
        Finish(
            Process.Start(
                AsAccount([
                    Path.Combine(bin, "initdb"),
                    "-D",
                    Data,
                    "-U",
                    Account,
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C",
                    "--no-sync",
                    "--no-instructions",
                ])
            ),
            "initdb"
        );

        // setpriv's --pdeathsig kills the server when the thread that started it ends, so the thread must stay alive.
        using var running = new ManualResetEventSlim();
        new Thread(() =>
        {
            server = Process.Start(
                AsAccount([
                    Path.Combine(bin, "postgres"),
                    "-D",
                    Data,
                    "-k",
                    folder,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    "max_connections=500",
                    "-c",
                    "log_min_messages=fatal",
                    .. settings,
                ])
            )!;
            _ = server.StandardOutput.ReadToEndAsync();
            _ = server.StandardError.ReadToEndAsync();
            running.Set();
            server.WaitForExit();
        })
        {
            IsBackground = true,
            Name = "PostgreSQL",
        }.Start();
        running.Wait();
        WaitUntilItAnswers();
    }

    private string Data => Path.Combine(folder, "data");

    /// <summary>
    /// Creates an empty database with all of the server's tables, as a copy of one that was migrated once.
    /// </summary>
    /// <returns>The connection string.</returns>
    public static string NewDatabase(bool durable = false)
    {
        var server = durable ? Durable.Value : ForTests.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref server.databases)}");
        Execute(
            server.ConnectionTo(Account),
            $"CREATE DATABASE {name} TEMPLATE {server.template.Value} STRATEGY file_copy"
        );
        return server.ConnectionTo(name);
    }

    /// <summary>
    /// Creates a database like <see cref="NewDatabase"/>. Statements on connections with <see cref="Explained"/> in
    /// their connection string have their plans written to <see cref="PlanLog"/>.
    /// </summary>
    /// <returns>The connection string.</returns>
    public static string NewExplainedDatabase()
    {
        var server = Explaining.Value;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"explained_{Interlocked.Increment(ref server.databases)}"
        );
        Execute(
            server.ConnectionTo(Account),
            $"CREATE DATABASE {name} TEMPLATE {server.template.Value} STRATEGY file_copy"
        );
        return server.ConnectionTo(name);
    }

    /// <summary>The option, after -c, for connections whose plans are to be logged.</summary>
    public const string Explained = "auto_explain.log_min_duration=0";

    /// <summary>The log with the plans of <see cref="NewExplainedDatabase"/>, one JSON object per line.</summary>
    public static string PlanLog => Path.Combine(Explaining.Value.Data, "log", "plans.json");

    /// <summary>Creates a database without tables, for a server of an earlier version.</summary>
    /// <returns>The connection string.</returns>
    public static string NewEmptyDatabase()
    {
        var server = ForTests.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"empty_{Interlocked.Increment(ref server.databases)}");
        Execute(server.ConnectionTo(Account), $"CREATE DATABASE {name} STRATEGY file_copy");
        return server.ConnectionTo(name);
    }

    /// <summary>Creates a database from the output of <c>pg_dump --inserts</c>.</summary>
    /// <returns>The connection string.</returns>
    public static string Restore(string dump)
    {
        var server = ForTests.Value;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"restored_{Interlocked.Increment(ref server.databases)}"
        );
        Execute(server.ConnectionTo(Account), $"CREATE DATABASE {name} STRATEGY file_copy");
        Execute(server.ConnectionTo(name) + ";Pooling=false", dump); // The dump changes session settings.
        return server.ConnectionTo(name);
    }

    public static void Drop(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var name = builder.Database;
        builder.Database = Account;
        Execute(builder.ToString(), $"DROP DATABASE {name} WITH (FORCE)");
    }

    // Creating the tables takes a server half a second, and most tests begin with an empty database.
    private string MakeTemplate()
    {
        const string Name = "paddock_template";
        Execute(ConnectionTo(Account), $"CREATE DATABASE {Name} STRATEGY file_copy");
        // Unpooled, because a database with open connections cannot be copied.
        new PostgresDb(
            ConnectionTo(Name) + ";Pooling=false",
            new ReadLimits(TimeSpan.FromMinutes(1), null),
            TimeProvider.System
        )
            .DisposeAsync()
            .AsTask()
            .GetAwaiter()
            .GetResult();
        return Name;
    }

    private string ConnectionTo(string database) => $"Host={folder};Username={Account};Database={database}";

    private static void Execute(string connectionString, string statement)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand(statement, connection);
        command.ExecuteNonQuery();
    }

    private static string Binaries() =>
        Directory.Exists(Versions)
        && Directory
            .GetDirectories(Versions)
            .Select(version => Path.Combine(version, "bin"))
            .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            is { } found
            ? found
            : throw new InvalidOperationException(
                $"The tests need PostgreSQL's server programs below {Versions}: apt-get install postgresql."
            );

    private static ProcessStartInfo AsAccount(string[] command)
    {
        string[] wrapped = Environment.IsPrivilegedProcess
            ? ["--reuid", Account, "--regid", Account, "--init-groups", "--pdeathsig", "QUIT", .. command]
            : ["--pdeathsig", "QUIT", .. command];
        return new("setpriv", wrapped)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
    }

    private static void Finish(Process? process, string name)
    {
        var output = process!.StartInfo.RedirectStandardError
            ? process.StandardOutput.ReadToEndAsync()
            : Task.FromResult("");
        var error = process.StartInfo.RedirectStandardError ? process.StandardError.ReadToEnd() : "";
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {output.Result}{error}");
    }

    private void WaitUntilItAnswers()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Execute(ConnectionTo(Account), "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromSeconds(30))
            {
                Thread.Sleep(20); // Not a test's wait: no event announces that the server listens.
            }
        }
    }

    private void Stop(Process? server)
    {
        server?.Kill(); // The data is not needed any more.
        server?.WaitForExit();
        Directory.Delete(folder, recursive: true);
    }
}
