using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Npgsql;

namespace Paddock.Torture.Replicas;

/// <summary>A PostgreSQL server over TCP that can be killed, frozen, and restarted.</summary>
internal sealed class Postgres : IDisposable
{
    private const string Account = "postgres"; // PostgreSQL refuses to run as root.
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Scratch.Folder("paddock-torture-pg-");
    private readonly string bin = Directory
        .GetDirectories("/usr/lib/postgresql")
        .OrderByDescending(path =>
            int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var n) ? n : 0
        )
        .Select(path => Path.Combine(path, "bin"))
        .First();
    private readonly int port = ServerProcess.FreePort();
    private readonly Network? network;

    /// <param name="network">The network namespace in which it runs; null for the machine's own network.</param>
    public Postgres(Network? network = null)
    {
        this.network = network;
        Directory.CreateDirectory(Data);
        if (Environment.IsPrivilegedProcess)
            Shell.Run("chown", "-R", Account, folder);
        AsAccount("initdb", "-D", Data, "-U", Account, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        if (network is not null)
            File.AppendAllText(Path.Combine(Data, "pg_hba.conf"), "host all all 10.0.0.0/8 trust\n");
        Start();
        Ask("CREATE DATABASE paddock", Account);
    }

    public IPEndPoint Address => new(IPAddress.Loopback, port);

    /// <summary>The address at which it is reached by a line of its network.</summary>
    public IPEndPoint AddressBy(int line) => new(network!.End(line), port);

    private string Data => Path.Combine(folder, "data");

    /// <param name="by">The address to connect to: the server's or a link's.</param>
    public static string ConnectionTo(IPEndPoint by, string database = "paddock") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Host={by.Address};Port={by.Port};Username={Account};Database={database};"
                + $"SSL Mode=Disable;GSS Encryption Mode=Disable"
        );

    public void Start() =>
        AsAccount(
            "pg_ctl",
            "-D",
            Data,
            "-w",
            "-l",
            Path.Combine(folder, "log"),
            "-o",
            // Commits survive a crash of PostgreSQL, and need not survive a crash of the machine.
            $"-k {folder} -p {port} -c listen_addresses={(network is null ? "127.0.0.1" : "*")} "
                + "-c fsync=off -c max_connections=200",
            "start"
        );

    /// <summary>Stops without a shutdown; on the next start PostgreSQL recovers from its log.</summary>
    public void Crash() => AsAccount("pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");

    /// <summary>Pauses all its processes; its connections stay open.</summary>
    public void Freeze() => Signal(Stop);

    public void Thaw() => Signal(Continue);

    /// <summary>Ends every connection of the servers.</summary>
    public void KillBackends() =>
        Ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE datname = 'paddock' AND pid <> pg_backend_pid()"
        );

    /// <summary>How many connections it has over a line of its network, as it sees them.</summary>
    public long ConnectionsBy(int line) =>
        (long)Ask($"SELECT count(*) FROM pg_stat_activity WHERE client_addr = '{network!.Start(line)}'")!;

    // By its socket, a file, which works from every network namespace.
    private object? Ask(string statement, string database = "paddock")
    {
        using var connection = new NpgsqlConnection(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Host={folder};Port={port};Username={Account};Database={database};Pooling=false"
            )
        );
        connection.Open();
#pragma warning disable CA2100 // The statements are constants of this file.
        using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        Shell.TryRun("true");
        try
        {
            Crash();
        }
        catch (InvalidOperationException) { } // The server is not running.
        Directory.Delete(folder, recursive: true);
    }

    private void Signal(int number)
    {
        var main = int.Parse(
            File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(),
            CultureInfo.InvariantCulture
        );
        foreach (var process in Children(main).Prepend(main))
            _ = Send(process, number);
    }

    private static List<int> Children(int parent)
    {
        var found = new List<int>();
        foreach (var process in Process.GetProcesses())
            using (process)
                try
                {
                    var stat = File.ReadAllText($"/proc/{process.Id}/stat");
                    var after = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    if (int.Parse(after[1], CultureInfo.InvariantCulture) == parent)
                        found.Add(process.Id);
                }
                catch (IOException) { } // The process has ended.
        return found;
    }

    // In a folder that the account may enter, and without capturing the output of processes that keep running.
    private void AsAccount(string program, params string[] arguments)
    {
        string[] command = [Path.Combine(bin, program), .. arguments];
        if (Environment.IsPrivilegedProcess)
            command = ["setpriv", "--reuid", Account, "--regid", Account, "--init-groups", .. command];
        if (network is not null)
            command = [.. network.Inside, .. command];
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. command])
        {
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(Patience) || process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed; its log is in {folder}");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
