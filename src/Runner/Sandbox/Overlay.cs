using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>Mounts folders as the layers of an overlayfs.</summary>
internal static class Overlay
{
    // Fixes these options so that layers behave the same on every machine, whatever the kernel's defaults are.
    private const string Plain = ",redirect_dir=nofollow,index=off,metacopy=off";

    /// <summary>Most layers that an image may have.</summary>
    public const int LayersMax = 120;

    /// <param name="layers">Lowest first.</param>
    /// <param name="upper">Receives all writes; on the same disk as <paramref name="work"/>, which is empty.</param>
    public static void Mount(IReadOnlyList<string> layers, string upper, string work, string at) =>
        Mount([.. layers, upper], work, at);

    /// <summary>Mounts read-only, and without setuid, so that programs in the layers gain no rights.</summary>
    public static void MountReadOnly(IReadOnlyList<string> layers, string at)
    {
        if (layers.Count == 1)
        {
            Linux.Mount(layers[0], at, type: null, MountFlags.Bind, options: null);
            Linux.Mount(
                source: null,
                at,
                type: null,
                MountFlags.Bind
                    | (MountFlags)32 /* remount */
                    | MountFlags.ReadOnly
                    | MountFlags.NoSuid
                    | MountFlags.NoDevices,
                options: null
            );
        }
        else
            Mount(layers, work: null, at);
    }

    // Folders are passed as /proc paths of open handles, because their own paths together may be too long, or contain
    // option separators.
    private static void Mount(IReadOnlyList<string> folders, string? work, string at)
    {
        var open = new List<SafeFileHandle>();
        try
        {
            var lowest = work is null ? folders : folders.Take(folders.Count - 1);
            var options = "lowerdir=" + string.Join(':', lowest.Reverse().Select(Handle));
            if (work is not null)
                options += string.Create(
                    CultureInfo.InvariantCulture,
                    $",upperdir={Handle(folders[^1])},workdir={Handle(work)}"
                );
            Linux.Mount(
                "overlay",
                at,
                "overlay",
                MountFlags.NoDevices | (work is null ? MountFlags.ReadOnly | MountFlags.NoSuid : MountFlags.None),
                options + Plain
            );
        }
        finally
        {
            foreach (var handle in open)
                handle.Dispose();
        }

        string Handle(string folder)
        {
            open.Add(Linux.OpenFolder(folder));
            return Linux.PathOf(open[^1]);
        }
    }
}
