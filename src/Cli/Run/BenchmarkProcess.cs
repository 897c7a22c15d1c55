using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Paddock.Cli.Run;

/// <summary>The result of one execution of the benchmark command.</summary>
/// <param name="Elapsed">The time from just before the start until the process had ended and both its streams were
/// drained.</param>
internal sealed record Execution(int ExitCode, byte[] Output, byte[] Error, TimeSpan Elapsed)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>
/// Runs the benchmark command. The command inherits our standard input; its output is shown as it arrives, and kept.
/// </summary>
internal static class BenchmarkProcess
{
    /// <exception cref="Failure">The command could not be started, or exceeded the output limit.</exception>
    /// <param name="folder">The working directory; null for the current one.</param>
    /// <param name="isShown">True to show the output as it arrives.</param>
    public static async Task<Execution> RunAsync(
        CommandLine command,
        string what,
        bool quiet,
        CancellationToken ct,
        string? folder = null,
        bool isShown = true
    )
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        using var heartbeat = Heartbeat.Start(what, quiet);
        var clock = Stopwatch.StartNew();
        using var process = Start(start);
        var (output, error) = (new Capture("The benchmark's output"), new Capture("The benchmark's standard error"));
        try
        {
            await Task.WhenAll(
                output.ReadAsync(process.StandardOutput.BaseStream, Echo(Output.OutStream), ct),
                error.ReadAsync(process.StandardError.BaseStream, Echo(Output.ErrorStream), ct)
            );
            await process.WaitForExitAsync(ct);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true); // Interrupted, or the output limit was exceeded.
        }
        return new(process.ExitCode, output.Bytes, error.Bytes, clock.Elapsed);

        Action<ReadOnlyMemory<byte>>? Echo(Stream to) => quiet || !isShown ? null : piece => heartbeat.Echo(to, piece);

        Process Start(ProcessStartInfo info)
        {
            try
            {
                return Process.Start(info)!;
            }
            catch (Exception e)
                when (e is Win32Exception or InvalidOperationException or ArgumentException or IOException)
            {
                throw new Failure($"The benchmark command could not be started: {command}: {e.Message}", e);
            }
        }
    }

    /// <summary>Describes a failed execution in full, for the user who has to find the cause.</summary>
    /// <param name="withOutput">True when the output has not been shown yet.</param>
    public static string Describe(CommandLine command, Execution execution, bool withOutput) =>
        $"The benchmark command failed with exit code {execution.ExitCode}: {command}"
        + (
            withOutput
                ? string.Concat(
                        $"\nStandard output:\n{Encoding.UTF8.GetString(execution.Output)}",
                        $"\nStandard error:\n{Encoding.UTF8.GetString(execution.Error)}"
                    )
                    .TrimEnd()
                : ""
        );
}
