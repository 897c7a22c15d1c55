using System.Globalization;
using System.Text;

namespace Paddock.Runner.Native;

/// <summary>
/// Takes secrets out of what everybody, or every program that we might start, could read about this process: the
/// arguments and the environment that it was started with. The kernel shows that memory in <c>/proc</c> for as long as
/// the process lives.
/// </summary>
internal static class StartSecrets
{
    private const int ArgumentsField = 48,
        EnvironmentField = 50; // In proc_pid_stat(5), each followed by its end.

    /// <summary>Overwrites a value wherever it is an argument, or the value of an option or a variable.</summary>
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
            Environment.SetEnvironmentVariable(name, null); // The copy that programs of ours would inherit.
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
        // Only root may see the environment, and on most machines the memory of others.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>
    /// Where a secret stands at the end of one of the texts, which are separated by null characters: alone, or behind
    /// "=".
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
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // From the third on.
        foreach (var field in (int[])[ArgumentsField, EnvironmentField])
        {
            var (start, end) = (Number(fields[field - 3]), Number(fields[field - 2]));
            if (start > 0 && end > start)
                yield return (start, end);
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
