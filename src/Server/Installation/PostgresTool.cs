using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;

namespace Paddock.Server.Installation;

/// <summary>
/// Runs PostgreSQL's own programs, which can copy a whole database. The password is passed in the environment, where no
/// process list shows it.
/// </summary>
internal static class PostgresTool
{
    private const int ErrorMax = 16 << 10;

    /// <exception cref="RestoreException">The program is not installed, or failed.</exception>
    public static async Task RunAsync(string program, string connectionString, IReadOnlyList<string> arguments)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(
            program,
            ["--dbname", settings.Database ?? settings.Username ?? "postgres", .. arguments]
        )
        {
            RedirectStandardError = true,
        };
        foreach (
            var (name, value) in new[]
            {
                ("PGHOST", settings.Host),
                ("PGPORT", settings.Port.ToString(CultureInfo.InvariantCulture)),
                ("PGUSER", settings.Username),
                ("PGPASSWORD", settings.Password),
                (
                    "PGSSLMODE",
                    settings.SslMode.ToString() switch
                    {
                        "VerifyFull" => "verify-full",
                        "VerifyCA" => "verify-ca",
                        var mode => mode.ToLowerInvariant(),
                    }
                ),
            }
        )
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var error = await ReadEndAsync(process.StandardError);
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
                throw new RestoreException($"{program} failed with exit code {process.ExitCode}: {error.Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new RestoreException(
                $"{program} cannot be run ({e.Message}); install PostgreSQL's client programs, of the server's "
                    + $"version or newer."
            );
        }
    }

    // The reason is at the end; a backup can make the program print warnings without an end before it.
    private static async Task<string> ReadEndAsync(StreamReader from)
    {
        var (end, buffer) = (new StringBuilder(), new char[4096]);
        while (await from.ReadAsync(buffer) is > 0 and var count)
        {
            end.Append(buffer, 0, count);
            if (end.Length > ErrorMax)
                end.Remove(0, end.Length - ErrorMax);
        }
        return end.ToString();
    }
}
