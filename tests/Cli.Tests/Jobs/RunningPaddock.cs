using System.Diagnostics;
using System.Threading.Channels;
using Xunit.Sdk;

namespace Paddock.Cli.Tests.Jobs;

/// <summary>The built <c>paddock</c> while it runs. Tests see each line that it writes to standard error.</summary>
internal sealed class RunningPaddock : IDisposable
{
    internal const int Terminate = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly List<string> heard = [];
    private readonly Task<string> output;
    private readonly Task listening;

    private RunningPaddock(string folder, string[] args)
    {
        var start = new ProcessStartInfo(BuiltProgram.Cli, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name =>
                    name == "CI"
                    || name.StartsWith("PADDOCK_", StringComparison.Ordinal)
                    || name.StartsWith("BENCHER_", StringComparison.Ordinal)
                )
                .ToList()
        )
            start.Environment.Remove(name);
        process = Process.Start(start)!;
        process.StandardInput.Close();
        output = process.StandardOutput.ReadToEndAsync();
        listening = ListenAsync();
    }

    public static RunningPaddock Start(params string[] args) => new(Path.GetTempPath(), args);

    public static RunningPaddock StartIn(string folder, params string[] args) => new(folder, args);

    /// <summary>Waits until a line of standard error is or contains this text.</summary>
    public async Task SaysAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await lines.Reader.WaitToReadAsync(patience.Token))
            while (lines.Reader.TryRead(out var line))
                if (line.Contains(text, StringComparison.Ordinal))
                    return;
        }
        catch (OperationCanceledException) { }
        throw new XunitException($"It should say \"{text}\", and said:\n{string.Join('\n', heard)}");
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(
        System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories
    )]
    internal static extern int Signal(int process, int signal);

    /// <summary>
    /// Sends SIGTERM, which acts like Ctrl-C. SIGINT would not reach a process that a background process of a shell
    /// started.
    /// </summary>
    public void Stop() => _ = Signal(process.Id, Terminate);

    public async Task<Ended> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        await listening;
        return new(process.ExitCode, await output, string.Join('\n', heard));
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private async Task ListenAsync()
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            heard.Add(line);
            lines.Writer.TryWrite(line);
        }
        lines.Writer.Complete();
    }
}
