using System.Globalization;
using System.Net;

namespace Paddock.Torture.Replicas;

/// <summary>
/// A network namespace that PostgreSQL runs in, with a line of its own to each server. A line that is cut loses what is
/// sent and tells nobody, as a cable that is pulled out.
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

    /// <summary>Why this machine has no such networks; null where it has.</summary>
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

    /// <summary>What is written before a command that is to run inside.</summary>
    public string[] Inside => ["ip", "netns", "exec", name];

    /// <summary>Where what runs inside is reached by a line.</summary>
    public IPAddress End(int line) => Address(line, host: 2);

    /// <summary>Where those who use a line come from.</summary>
    public IPAddress Start(int line) => Address(line, host: 1);

    // The end inside goes down: the one outside stays up and has nobody on its other side.
    public void Cut(int line) => Shell.Run("ip", "-n", name, "link", "set", Inner(line), "down");

    public void Mend(int line) => Shell.Run("ip", "-n", name, "link", "set", Inner(line), "up");

    // The lines go with it.
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
