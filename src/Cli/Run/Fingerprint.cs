using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Paddock.Cli.Run;

/// <summary>A short, stable name for this machine that does not reveal the machine's id.</summary>
internal static partial class Fingerprint
{
    private const int Length = 13;
    private const string Base36 = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>
    /// Null when the machine has no id that this program can read, which so far is always the case on Windows.
    /// </summary>
    public static string? OfThisMachine()
    {
        if (System.OperatingSystem.IsLinux())
            return Read("/var/lib/dbus/machine-id") ?? Read("/etc/machine-id");
        return System.OperatingSystem.IsMacOS() ? OfMac() : null;
    }

    /// <summary>
    /// Mixes both halves of an id into 64 bits, written in base 36 with the least significant digit first.
    /// </summary>
    internal static string Of(UInt128 id)
    {
        var (high, low) = ((ulong)(id >> 64), (ulong)id);
        var mixed = unchecked(high ^ (low + 0x9e3779b97f4a7c15 + (high << 12) + (high >> 4)));
        return string.Create(Length, mixed, static (text, rest) =>
        {
            for (var i = 0; i < text.Length; i++, rest /= 36)
                text[i] = Base36[(int)(rest % 36)];
        });
    }

    private static string? Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Parse(string text) =>
        UInt128.TryParse(
            text.Trim().Replace("-", "", StringComparison.Ordinal),
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var id
        )
            ? Of(id)
            : null;

    private static string? OfMac()
    {
        try
        {
            using var ioreg = Process.Start(
                new ProcessStartInfo("ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"])
                {
                    RedirectStandardOutput = true,
                }
            )!;
            var printed = ioreg.StandardOutput.ReadToEnd();
            return PlatformUuid.Match(printed) is { Success: true } match ? Parse(match.Groups["uuid"].Value) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex("\"IOPlatformUUID\" = \"(?<uuid>[0-9A-Fa-f-]{36})\"")]
    private static partial Regex PlatformUuid { get; }
}
