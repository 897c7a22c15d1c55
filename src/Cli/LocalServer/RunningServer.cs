using System.Diagnostics;
using System.Globalization;
using Paddock.Core.Names;

namespace Paddock.Cli.LocalServer;

/// <summary>
/// The server that <c>paddock up</c> starts. Its process id and log are kept in files beside its data.
/// </summary>
internal sealed class RunningServer
{
    private const string Program = "paddock-server";
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60),
        StopMax = TimeSpan.FromSeconds(30),
        LookEvery = TimeSpan.FromMilliseconds(100);

    private RunningServer(string folder) => Folder = folder;

    public string Folder { get; }

    private string IdFile => Path.Combine(Folder, "server.pid");
    private string LogFile => Path.Combine(Folder, "server.log");

    public static RunningServer Of(string? folder)
    {
        if (OperatingSystem.IsWindows())
            throw new Failure("paddock up, logs and down need Linux or macOS. Here, start paddock-server directly.");
        return new(
            Path.GetFullPath(
                folder
                    ?? Path.Combine(
                        Environment.GetFolderPath(
                            Environment.SpecialFolder.LocalApplicationData,
                            Environment.SpecialFolderOption.DoNotVerify
                        ),
                        "paddock"
                    )
            )
        );
    }

    /// <returns>The server's address.</returns>
    /// <exception cref="Failure">The server is running already, is not installed, or does not start.</exception>
    public async Task<string> StartAsync(int port, CancellationToken ct)
    {
        if (Find() is { } running)
            throw new Failure(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The server is already running (process {running.Id}). Stop it with: paddock down"
                )
            );
        var program = Installed()
            ?? throw new Failure(
                $"{Program} is neither next to paddock nor in the PATH. Install it, or give another server with --host."
            );
        var address = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}");
        try
        {
            Directory.CreateDirectory(
                Folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{Folder} cannot be used: {e.Message}", e);
        }
        // The shell opens the log, so that it stays open after this program exits. SIGHUP is ignored, so that closing
        // the terminal does not end the server.
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", "trap '' HUP; exec \"$0\" >>\"$1\" 2>&1 </dev/null", program, LogFile]
        );
        start.Environment["PADDOCK_BIND"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        start.Environment["PADDOCK_DATA"] = Path.Combine(Folder, "data");
        start.Environment["PADDOCK_CONSOLE_URL"] = address;
        using var process = Process.Start(start)!;
        await File.WriteAllTextAsync(IdFile, process.Id.ToString(CultureInfo.InvariantCulture), ct);
        await AnswersAsync(process, address, ct);
        return address;
    }

    /// <returns>The id of the stopped process; null when no server was running.</returns>
    public async Task<int?> StopAsync(CancellationToken ct)
    {
        using var process = Find();
        if (process is null)
            return null;
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(ct);
        for (var waited = Stopwatch.StartNew(); Find() is { } still; await Task.Delay(LookEvery, ct))
        {
            still.Dispose();
            if (waited.Elapsed > StopMax)
                throw new Failure(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The server (process {process.Id}) did not stop within {StopMax.TotalSeconds} s. Kill it "
                            + $"with: kill -9 {process.Id}"
                    )
                );
        }
        File.Delete(IdFile);
        return process.Id;
    }

    /// <exception cref="Failure">There is no log.</exception>
    public string Log() =>
        File.Exists(LogFile)
            ? File.ReadAllText(LogFile)
            : throw new Failure($"There is no log at {LogFile}. Start a server with: paddock up");

    /// <summary>Prints the log as it grows, until the server ends.</summary>
    public async Task FollowAsync(bool fromStart, CancellationToken ct)
    {
        if (!File.Exists(LogFile))
            Log();
        using var log = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        if (!fromStart)
            log.BaseStream.Seek(0, SeekOrigin.End);
        while (true)
        {
            var isRunning = Find() is not null; // Checked before reading, so that the server's last output is read.
            Output.Out.Write(await log.ReadToEndAsync(ct));
            if (!isRunning)
                return;
            await Task.Delay(LookEvery, ct);
        }
    }

    // The id in the file may be another process's by now.
    private Process? Find()
    {
        if (!File.Exists(IdFile) || !int.TryParse(File.ReadAllText(IdFile), CultureInfo.InvariantCulture, out var id))
            return null;
        try
        {
            var process = Process.GetProcessById(id);
            if (!process.HasExited && (process.ProcessName is Program or "sh"))
                return process;
            process.Dispose();
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Installed()
    {
        string?[] folders =
        [
            Path.GetDirectoryName(Environment.ProcessPath),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        return folders
            .Where(folder => !string.IsNullOrEmpty(folder))
            .Select(folder => Path.Combine(folder!, Program))
            .FirstOrDefault(File.Exists);
    }

    private async Task AnswersAsync(Process process, string address, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < StartMax; await Task.Delay(LookEvery, ct))
        {
            if (process.HasExited)
                throw new Failure($"The server did not start. The end of its log, {LogFile}:\n{Tail()}");
            try
            {
                using var answer = await http.GetAsync(new Uri($"{address}/v0/server/version"), ct);
                if (answer.IsSuccessStatusCode && !process.HasExited)
                    return;
            }
            catch (Exception e)
                // No answer yet.
                when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested)) { }
        }
        throw new Failure(
            $"The server does not answer at {Text.Quote(address)} after {StartMax.TotalSeconds} s. Its log is "
                + $"{LogFile}."
        );
    }

    private string Tail() => string.Join('\n', Log().TrimEnd().Split('\n').TakeLast(10));
}
