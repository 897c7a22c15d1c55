using System.ComponentModel;
using System.Diagnostics;

namespace Paddock.Cli.SignIn;

/// <summary>
/// The keyring of the user's desktop: the Secret Service through <c>secret-tool</c>, on macOS the keychain through
/// <c>security</c>. Secrets are passed by standard input, which process lists do not show.
/// </summary>
internal static class Keyring
{
    private const string Service = "paddock";

    // The user may have to type the keyring's password.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(2);

    /// <summary>The keyring's name for messages; null when there is none, or PADDOCK_KEYRING is off.</summary>
    public static string? Name =>
        Settings.OfEnvironment("KEYRING") is ("off", _) ? null
        : OperatingSystem.IsMacOS() ? "the keychain"
        : OperatingSystem.IsLinux()
        && Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 }
        && HasSecretTool()
            ? "the keyring"
        : null;

    public static string? Find(string server)
    {
        if (Name is null)
            return null;
        var (code, output) = OperatingSystem.IsMacOS()
            ? Run("security", input: null, "find-generic-password", "-s", Service, "-a", server, "-w")
            : Run("secret-tool", input: null, "lookup", "service", Service, "server", server);
        return code == 0 && output.Trim() is { Length: > 0 } secret ? secret : null;
    }

    /// <returns>True when the secret was stored; a locked or unavailable keyring stores nothing.</returns>
    public static bool Keep(string server, string secret)
    {
        if (Name is null)
            return false;
        var (code, _) = OperatingSystem.IsMacOS()
            ? Run("security", $"add-generic-password -U -s {Service} -a {server} -w {secret}\n", "-i")
            : Run(
                "secret-tool",
                secret,
                "store",
                "--label",
                $"Paddock at {server}",
                "service",
                Service,
                "server",
                server
            );
        return code == 0 && Find(server) == secret;
    }

    /// <returns>True when there was a secret.</returns>
    public static bool Forget(string server)
    {
        if (Find(server) is null)
            return false;
        var (code, _) = OperatingSystem.IsMacOS()
            ? Run("security", input: null, "delete-generic-password", "-s", Service, "-a", server)
            : Run("secret-tool", input: null, "clear", "service", Service, "server", server);
        return code == 0;
    }

    private static bool HasSecretTool() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Join(folder, "secret-tool")));

    private static (int Code, string Output) Run(string program, string? input, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(WaitMax))
                return (process.ExitCode, output.GetAwaiter().GetResult());
            process.Kill();
            return (-1, "");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return (-1, "");
        }
    }
}
