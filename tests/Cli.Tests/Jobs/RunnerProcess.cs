using System.Diagnostics;

namespace Paddock.Cli.Tests.Jobs;

/// <summary>The built runner as a separate process, in a temporary folder. It needs root, as runners do.</summary>
internal sealed class RunnerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("paddock-runner-").FullName;
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private RunnerProcess(Uri host, string runner, string key, string[] more)
    {
        var start = new ProcessStartInfo(
            BuiltProgram.Runner,
            ["up", "--host", host.AbsoluteUri, "--runner", runner, "--data", folder, .. more]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        BuiltProgram.SetEnvironment(start, new Dictionary<string, string> { ["PADDOCK_RUNNER_KEY"] = key });
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <param name="more">Further options of <c>up</c>.</param>
    public static RunnerProcess Start(Uri host, string runner, string key, params string[] more) =>
        new(host, runner, key, more);

    /// <summary>Lets the runner finish its work and exit.</summary>
    /// <returns>The runner's output.</returns>
    public async Task<string> StopAsync()
    {
        if (!process.HasExited)
            _ = RunningPaddock.Signal(process.Id, RunningPaddock.Terminate);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The runner did not end within {Patience}.");
        }
        return await output + await error;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
