using System.ComponentModel;
using System.Diagnostics;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>Runs short-lived programs of the distribution.</summary>
internal static class OneShot
{
    private const int TextMax = 2000;

    /// <returns>The exit code and the end of the output; 127 when the program is missing.</returns>
    public static async Task<(int Code, string Output)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken ct
    )
    {
        using var process = new Process { StartInfo = Programs.Of(program, arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return (127, $"{program} is not installed");
        }
        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
            await process.WaitForExitAsync(ct);
            var text = (await output + await error).Trim();
            return (process.ExitCode, text.Length > TextMax ? text[^TextMax..] : text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
