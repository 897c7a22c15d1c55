using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Paddock.Runner.Daemon;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>The built runner as a process, which can be killed and started again on the same data.</summary>
internal sealed class RunnerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> environment;
    private readonly string[] arguments;
    private readonly StringBuilder log = new();
    private System.Threading.Channels.Channel<string> lines =
        System.Threading.Channels.Channel.CreateUnbounded<string>();
    private Process? process;

    public RunnerProcess(Uri server, string runner, string key, params string[] arguments)
        : this([], server, runner, key, arguments) { }

    /// <param name="within">A program with arguments that executes the runner; empty to start it directly.</param>
    public RunnerProcess(string[] within, Uri server, string runner, string key, params string[] arguments)
    {
        Within = within;
        environment = new()
        {
            ["PADDOCK_HOST"] = server.ToString(),
            ["PADDOCK_RUNNER"] = runner,
            ["PADDOCK_RUNNER_KEY"] = key,
            ["PADDOCK_RUNNER_DATA"] = Folder,
        };
        this.arguments = arguments;
        Start();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("paddock-runner-").FullName;
    private string[] Within { get; }
    public string Log => log.ToString();
    public int Id => process!.Id;

    public void Start()
    {
        lines = System.Threading.Channels.Channel.CreateUnbounded<string>();
        string[] program = [.. Within, BuiltProgram.Runner];
        var start = new ProcessStartInfo(
            program[0],
            [.. program[1..], "up", "--no-tuning", "--noise-duration", "0", .. arguments]
        )
        {
            RedirectStandardError = true,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name => name.StartsWith("PADDOCK_", StringComparison.Ordinal))
                .ToList()
        )
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        var into = lines.Writer;
        process.ErrorDataReceived += (_, said) =>
        {
            if (said.Data is null)
                into.TryComplete();
            else
            {
                lock (log)
                    log.AppendLine(said.Data);
                into.TryWrite(said.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary>Waits until the runner's output contains this text.</summary>
    public async Task SaysAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(patience.Token))
                if (line.Contains(text, StringComparison.Ordinal))
                    return;
        }
        catch (OperationCanceledException) { }
        throw new Xunit.Sdk.XunitException($"The runner should say \"{text}\", and said:\n{Log}");
    }

    /// <summary>Waits until everything is prepared and the command is about to start.</summary>
    public Task BeganAsync() => HoldsAsync("while the benchmark ran");

    /// <summary>Waits until a layer is being unpacked to disk.</summary>
    public async Task UnpacksAsync()
    {
        var layers = Path.Combine(Folder, "layers");
        // Polls, because the runner must be killed while it unpacks.
        for (var end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; await Task.Delay(1))
            if (Directory.Exists(layers) && Directory.GetDirectories(layers, "new-*").Length > 0)
                return;
        throw new Xunit.Sdk.XunitException($"The runner should unpack a layer, and said:\n{Log}");
    }

    /// <summary>
    /// Waits until the spool holds this text: what the runner would report about its job after a kill.
    /// </summary>
    public async Task HoldsAsync(string text)
    {
        var spool = Path.Combine(Folder, "spool");
        // Polls, because the runner must be killed in this state.
        for (var end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; await Task.Delay(2))
            if (
                Directory.Exists(spool)
                && Directory
                    .GetFiles(spool, "*.json", SearchOption.AllDirectories)
                    .Any(file => Read(file).Contains(text, StringComparison.Ordinal))
            )
                return;
        throw new Xunit.Sdk.XunitException($"The runner should hold \"{text}\", and said:\n{Log}");

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                return "";
            }
        }
    }

    public void Signal(int signal) => Processes.Signal(process!.Id, signal);

    /// <summary>Sends SIGKILL, so the runner cannot clean up.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
    }

    public async Task<int> ExitedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process!.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new Xunit.Sdk.XunitException($"The runner should end, and said:\n{Log}");
        }
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            Kill();
        process?.Dispose();
        await new ControlGroups($"paddock-{DataFolder.TagOf(Folder)}").SweepAsync();
        Mounts.UnmountBelow(Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
