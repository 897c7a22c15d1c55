using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Npgsql;
using Paddock.Server.Ground.Database;

namespace Paddock.Testing;

/// <summary>The built server as a separate process, which a test can kill and restart on the same data.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly bool isReplica;
    private readonly string database;
    private readonly bool ownsDatabase;
    private readonly Dictionary<string, string> environment;
    private Process? process;
    private Task<string> output = Task.FromResult("");
    private Task<string> error = Task.FromResult("");

    private ServerProcess(
        Engine engine,
        string program,
        bool durable,
        IReadOnlyDictionary<string, string>? settings,
        ServerProcess? of = null
    )
    {
        (Program, isReplica) = (program, of is not null);
        folder = of?.folder ?? Scratch.Folder("paddock-process-", durable);
        var port = FreePort();
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        ownsDatabase = of is null && settings?.ContainsKey("PADDOCK_DATABASE") is not true;
        database = settings?.GetValueOrDefault("PADDOCK_DATABASE")
            ?? of?.database
            ?? (engine == Engine.Sqlite ? "sqlite" : PostgresServer.NewDatabase(durable));
        environment = new(settings ?? new Dictionary<string, string>())
        {
            ["PADDOCK_BIND"] = $"127.0.0.1:{port}",
            ["PADDOCK_DATA"] = folder,
            ["PADDOCK_DATABASE"] = database,
            ["PADDOCK_SECRET_KEY"] = Tokens.SecretKey,
            ["PADDOCK_CONSOLE_URL"] = (of?.Address ?? Address).GetLeftPart(UriPartial.Authority),
            ["PADDOCK_RATE_LIMITS"] = "off",
            ["PADDOCK_FIRST_ADMIN"] = "signup",
            ["PADDOCK_ANONYMOUS_JOBS"] = "on",
            ["PADDOCK_ANONYMOUS_PUSHES"] = "on",
        };
        Tokens = new(Tokens.SecretKey, environment["PADDOCK_CONSOLE_URL"]);
    }

    /// <summary>The program for the next start: another version if a test upgrades the server.</summary>
    public string Program { get; set; }

    public Uri Address { get; }
    public Tokens Tokens { get; }
    public int Id => process!.Id;
    public string DataFolder => folder;

    /// <summary>True when the process has ended, for any reason.</summary>
    public bool HasEnded => process is { HasExited: true };

    /// <summary>The time from the start of the process to its first answer, on an empty database.</summary>
    public TimeSpan FirstStart { get; private set; }

    /// <summary>Starts the built server for a test of some seconds.</summary>
    public static Task<ServerProcess> StartAsync(Engine engine, IReadOnlyDictionary<string, string>? settings = null) =>
        StartAsync(
            engine,
            BuiltProgram.Server,
            durable: false,
            new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
            {
                // In milliseconds, hexadecimal. In its first second, a server otherwise compiles again what its start
                // has called often, which takes a third of the processor time of a short life.
                ["DOTNET_TC_CallCountingDelayMs"] = "1388",
            }
        );

    /// <param name="durable">True when PostgreSQL, too, flushes commits to disk, as SQLite always does.</param>
    public static async Task<ServerProcess> StartAsync(
        Engine engine,
        string program,
        bool durable,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var server = new ServerProcess(engine, program, durable, settings);
        server.FirstStart = await server.StartAsync();
        return server;
    }

    /// <summary>Starts another server on the same PostgreSQL database and blob store.</summary>
    public static async Task<ServerProcess> StartReplicaAsync(
        ServerProcess of,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var server = new ServerProcess(Engine.Postgres, of.Program, durable: false, settings, of);
        server.FirstStart = await server.StartAsync();
        return server;
    }

    /// <summary>Another server of a different version on the same database and blob store; not started yet.</summary>
    public static ServerProcess ReplicaOf(ServerProcess of, string program) =>
        new(Engine.Postgres, program, durable: false, settings: null, of);

    /// <summary>Starts the process, and returns when the server has answered.</summary>
    /// <returns>The time from the start of the process to its first answer.</returns>
    public async Task<TimeSpan> StartAsync()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        BuiltProgram.SetEnvironment(start, environment);
        var watch = Stopwatch.StartNew();
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var http = new HttpClient { BaseAddress = Address };
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync("/v0/server/version");
                if (answer.IsSuccessStatusCode)
                    return watch.Elapsed;
            }
            catch (HttpRequestException) { }
            if (process.HasExited)
                throw new InvalidOperationException(
                    $"The server ended with {process.ExitCode}: {await output}{await error}"
                );
            if (watch.Elapsed > Patience)
                throw new TimeoutException($"The server did not answer within {Patience}.");
            await Task.Delay(5); // Not a test's wait: no event announces that the server listens.
        }
    }

    /// <summary>Runs the same program with the server's settings, to its end.</summary>
    public Task<Ended> RunAsync(params string[] arguments) => BuiltProgram.RunAsync(Program, arguments, environment);

    /// <summary>Changes the database directly; use it only while the server is stopped.</summary>
    /// <returns>How many rows were changed.</returns>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs SQLite's integrity check and returns its problems; empty on PostgreSQL.</summary>
    public async Task<IReadOnlyList<string>> IntegrityAsync()
    {
        var problems = new List<string>();
        if (database != "sqlite")
            return problems;
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync())
                if (rows.GetString(0) != "ok")
                    problems.Add(rows.GetString(0));
        command.CommandText = "PRAGMA foreign_key_check";
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync())
                problems.Add($"a row of {rows.GetValue(0)} names a row of {rows.GetValue(2)} that is not there");
        return problems;
    }

    /// <summary>Sends SIGKILL, so the server cannot clean up.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
    }

    /// <summary>Sends SIGTERM, as an operator does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (Terminate(process!.Id, signal: 15) != 0)
            throw new InvalidOperationException("The server could not be told to stop.");
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>The output since the last start; complete when the process has ended.</summary>
    public async Task<string> LogAsync() => await output + await error;

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            Kill();
        process?.Dispose();
        if (isReplica)
            return;
        if (database != "sqlite" && ownsDatabase)
            PostgresServer.Drop(database);
        Directory.Delete(folder, recursive: true);
        await ValueTask.CompletedTask;
    }

    private async Task<DbConnection> ConnectAsync()
    {
        DbConnection connection =
            database == "sqlite"
                ? new SqliteConnection($"Data Source={Path.Combine(folder, "paddock.db")};Pooling=False")
                : new NpgsqlConnection(database);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>A port for a process that starts later.</summary>
    internal static int FreePort()
    {
        while (true)
        {
            // Below the range from which the system takes the ports of connections, and of listeners that name none:
            // one of those, in another process, could otherwise get the port first.
            var endpoint = new IPEndPoint(IPAddress.Loopback, RandomNumberGenerator.GetInt32(10_000, 32_768));
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(endpoint);
                return endpoint.Port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse) { }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Terminate(int process, int signal);
}
