using System.ComponentModel;
using System.Diagnostics;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>OneShot of the distribution that do one thing and end.</summary>
internal static class OneShot
{
    private const int TextMax = 2000;

    /// <returns>Its exit code and the end of what it said; 127 where there is no such program.</returns>
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
