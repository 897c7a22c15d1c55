using System.Globalization;
using System.Text;

namespace Paddock.Runner.Native;

/// <summary>
/// Erases secrets from the arguments and the environment that this process was started with. The kernel shows that
/// memory in <c>/proc</c> for as long as the process lives, where other users or started programs could read it.
/// </summary>
internal static class StartSecrets
{
    private const int ArgumentsField = 48,
        EnvironmentField = 50; // Start addresses in proc_pid_stat(5); the next field is the end.

    /// <summary>Overwrites a secret that is an argument, or the value of an option or of a variable.</summary>
    public static void Erase(string secret)
    {
        if (secret.Length == 0)
            return;
        foreach (
            var name in Environment
                .GetEnvironmentVariables()
                .Keys.Cast<string>()
                .Where(name => Environment.GetEnvironmentVariable(name) == secret)
                .ToList()
        )
            Environment.SetEnvironmentVariable(name, null); // .NET's copy, which child processes inherit.
        try
        {
            using var memory = Linux.Open(
                "/proc/self/mem",
                2 /* read and write */
            );
            foreach (var (start, end) in Regions())
            {
                var bytes = new byte[end - start];
                bytes = bytes[..RandomAccess.Read(memory, bytes, start)];
                foreach (var at in Find(bytes, Encoding.UTF8.GetBytes(secret)))
                    RandomAccess.Write(memory, Blank(secret), start + at);
            }
        }
        // Ignored, since only root can read other processes' environment and, on most machines, their memory.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>
    /// The offsets at which a secret is a whole text, or the part of a text after "=". Texts are separated by null
    /// characters.
    /// </summary>
    internal static IEnumerable<int> Find(byte[] texts, byte[] secret)
    {
        for (var start = 0; start < texts.Length; )
        {
            var end = Array.IndexOf(texts, (byte)0, start);
            if (end < 0)
                end = texts.Length;
            var at = end - secret.Length;
            if (
                at >= start
                && texts.AsSpan(at, secret.Length).SequenceEqual(secret)
                && (at == start || texts[at - 1] == '=')
            )
                yield return at;
            start = end + 1;
        }
    }

    private static byte[] Blank(string secret) => [.. Enumerable.Repeat((byte)'*', Encoding.UTF8.GetByteCount(secret))];

    private static IEnumerable<(long Start, long End)> Regions()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // Starts with field 3.
        foreach (var field in (int[])[ArgumentsField, EnvironmentField])
        {
            var (start, end) = (Number(fields[field - 3]), Number(fields[field - 2]));
            if (start > 0 && end > start)
                yield return (start, end);
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
