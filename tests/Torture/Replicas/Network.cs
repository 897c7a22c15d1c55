using System.Globalization;
using System.Net;

namespace Paddock.Torture.Replicas;

/// <summary>
/// A network namespace for PostgreSQL, with a separate line to each server. A cut line drops packets silently, like an
/// unplugged cable.
/// </summary>
internal sealed class Network : IDisposable
{
    private static int made;

    private readonly string name;
    private readonly int number;

    public Network(int lines)
    {
        number = (Environment.ProcessId + 37 * Interlocked.Increment(ref made)) % 10_000;
        name = string.Create(CultureInfo.InvariantCulture, $"paddock-{number}");
        Shell.Run("ip", "netns", "add", name);
        try
        {
            Shell.Run("ip", "-n", name, "link", "set", "lo", "up");
            for (var line = 0; line < lines; line++)
                Lay(line);
        }
        catch (InvalidOperationException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why this machine cannot create network namespaces; null if it can.</summary>
    public static string? Lacks()
    {
        if (!Environment.IsPrivilegedProcess)
            return "only root makes networks";
        try
        {
            using var tried = new Network(lines: 1);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    /// <summary>The prefix of a command that is to run inside the namespace.</summary>
    public string[] Inside => ["ip", "netns", "exec", name];

    /// <summary>The address on a line at which programs inside are reached.</summary>
    public IPAddress End(int line) => Address(line, host: 2);

    /// <summary>The address from which the users of a line connect.</summary>
    public IPAddress Start(int line) => Address(line, host: 1);

    // Takes the inner end down; the outer end stays up and has no peer.
    public void Cut(int line) => Shell.Run("ip", "-n", name, "link", "set", Inner(line), "down");

    public void Mend(int line) => Shell.Run("ip", "-n", name, "link", "set", Inner(line), "up");

    // Deleting the namespace deletes its lines.
    public void Dispose() => Shell.TryRun("ip", "netns", "del", name);

    private void Lay(int line)
    {
        var outer = string.Create(CultureInfo.InvariantCulture, $"pdk{number}-{line}");
        Shell.Run("ip", "link", "add", outer, "type", "veth", "peer", "name", Inner(line), "netns", name);
        Shell.Run("ip", "addr", "add", $"{Start(line)}/30", "dev", outer);
        Shell.Run("ip", "link", "set", outer, "up");
        Shell.Run("ip", "-n", name, "addr", "add", $"{End(line)}/30", "dev", Inner(line));
        Shell.Run("ip", "-n", name, "link", "set", Inner(line), "up");
    }

    private static string Inner(int line) => string.Create(CultureInfo.InvariantCulture, $"line{line}");

    private IPAddress Address(int line, byte host) =>
        new([10, (byte)(100 + number / 100), (byte)(number % 100), (byte)(4 * line + host)]);
}
