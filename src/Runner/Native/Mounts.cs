using System.Text;

namespace Paddock.Runner.Native;

/// <summary>Reads the kernel's list of mounts.</summary>
internal static class Mounts
{
    /// <summary>Unmounts everything below a folder, the newest mount first.</summary>
    public static void UnmountBelow(string folder)
    {
        foreach (var point in Below(folder).Reverse())
            Linux.Unmount(point, lazily: true);
    }

    public static IReadOnlyList<string> Below(string folder)
    {
        var real = RealPath(folder);
        return
        [
            .. File.ReadLines("/proc/self/mountinfo")
                .Select(line => Unescape(line.Split(' ')[4]))
                .Where(point => point.StartsWith(real + "/", StringComparison.Ordinal)),
        ];
    }

    private static string RealPath(string folder)
    {
        using var handle = Linux.OpenFolder(folder);
        return File.ResolveLinkTarget(Linux.PathOf(handle), returnFinalTarget: false)!.FullName;
    }

    // The kernel escapes spaces and the like as octal: \040.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var bytes = new List<byte>();
        var raw = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < raw.Length; i++)
            if (raw[i] == '\\' && i + 3 < raw.Length)
            {
                bytes.Add((byte)((raw[i + 1] - '0') << 6 | (raw[i + 2] - '0') << 3 | (raw[i + 3] - '0')));
                i += 3;
            }
            else
                bytes.Add(raw[i]);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
