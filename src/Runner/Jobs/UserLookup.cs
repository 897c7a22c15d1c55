using System.Globalization;
using System.Text;
using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>Resolves an image's USER to numeric ids with the image's own /etc/passwd and /etc/group.</summary>
internal static class UserLookup
{
    private const int BytesMax = 1 << 20;

    /// <param name="user">A name or number, optionally followed by a colon and a group.</param>
    /// <returns>The user and its home folder, or a default when the image names none.</returns>
    /// <exception cref="ImageException">The image has no such user or group.</exception>
    public static (RunUser User, string Home) Find(string root, string? user)
    {
        if (user is null)
            return (
                RunUser.Root,
                Passwd(root).FirstOrDefault(entry => entry is [_, _, "0", ..]) is [_, _, _, _, _, var home, ..]
                    ? home
                    : "/root"
            );
        var (name, group) = user.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at
            ? (user[..at], user[(at + 1)..])
            : (user, null);
        var entry = Passwd(root).FirstOrDefault(e => e.Length >= 6 && (e[0] == name || e[2] == name));
        var uid = Number(entry?[2] ?? name)
            ?? throw new ImageException($"The image's user \"{name}\" is not in its /etc/passwd");
        var groups = Lines(root, "etc/group");
        var gid = group is null
            ? Number(entry?[3] ?? "0") ?? 0
            : Number(groups.FirstOrDefault(g => g.Length >= 3 && g[0] == group)?[2] ?? group)
                ?? throw new ImageException($"The image's group \"{group}\" is not in its /etc/group");
        var more =
            group is not null || entry is null
                ? []
                : groups
                    .Where(g => g.Length >= 4 && g[3].Split(',').Contains(entry[0]))
                    .Select(g => Number(g[2]))
                    .OfType<uint>();
        return (new(uid, gid, [.. more.Where(g => g != gid)]), entry?[5] is { Length: > 0 } own ? own : "/");
    }

    private static List<string[]> Passwd(string root) => Lines(root, "etc/passwd");

    private static List<string[]> Lines(string root, string path)
    {
        using var folder = Linux.OpenFolder(root);
        try
        {
            using var found = Linux.OpenInRoot(folder, path, Linux.PathOnly);
            if (found is null || Linux.Look(found, "") is not { Kind: FileKind.File, Size: < BytesMax })
                return [];
            return [.. File.ReadLines(Linux.PathOf(found), Encoding.UTF8).Select(line => line.Split(':'))];
        }
        catch (LinuxException)
        {
            return [];
        }
    }

    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
