using System.Globalization;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>A kernel module to load in a guest.</summary>
internal sealed record GuestModule(string Name, byte[] Content);

/// <summary>A kernel for guests, the distribution's by default, and its drivers that are not built in.</summary>
internal sealed record GuestKernel(string Image, string Version, string ModuleFolder)
{
    private const string Prefix = "vmlinuz-";
    private static readonly string[] Drivers = ["virtio_mmio", "virtio_blk", "virtio_console", "ext4"],
        NetworkDrivers = ["virtio_net"];
    private static readonly string[] Compressions = ["", ".xz", ".gz", ".zst"];

    /// <summary>Finds the newest cloud kernel, which is small, else the newest kernel; null if none exists.</summary>
    /// <param name="image">The kernel that the operator names; null to search.</param>
    public static GuestKernel? Find(string? image, string boot = "/boot", string modules = "/lib/modules")
    {
        string[] images =
            image is not null ? [image]
            : Directory.Exists(boot) ? Directory.GetFiles(boot, $"{Prefix}*")
            : [];
        return images
            .Where(File.Exists)
            .Select(path => new GuestKernel(path, VersionOf(path), Path.Combine(modules, VersionOf(path))))
            .OrderByDescending(k => k.Version.Contains("cloud", StringComparison.Ordinal))
            .ThenByDescending(k => k.Version, ByNumbers)
            .FirstOrDefault();

        static string VersionOf(string path) =>
            Path.GetFileName(path) is var name && name.StartsWith(Prefix, StringComparison.Ordinal)
                ? name[Prefix.Length..]
                : name;
    }

    /// <summary>The drivers that a guest needs, in the order in which they can be loaded.</summary>
    /// <exception cref="FileNotFoundException">A driver is missing.</exception>
    public IReadOnlyList<GuestModule> Modules() =>
        [
            .. Order(Lines("modules.dep"), Lines("modules.builtin"), [.. Drivers, .. NetworkDrivers])
                .Select(path => new GuestModule(
                    Path.GetFileName(path),
                    File.ReadAllBytes(Path.Combine(ModuleFolder, path))
                )),
        ];

    /// <param name="dependencies">Lines of modules.dep: a driver, a colon, and its dependencies, the nearest
    /// first.</param>
    /// <param name="builtIn">Lines of modules.builtin.</param>
    internal static IReadOnlyList<string> Order(
        IEnumerable<string> dependencies,
        IEnumerable<string> builtIn,
        IReadOnlyList<string> wanted
    )
    {
        var needs = new Dictionary<string, (string Path, string[] Needs)>(StringComparer.Ordinal);
        foreach (var line in dependencies)
            if (line.Split(':', 2) is [var path, var rest])
                needs[NameOf(path)] = (path, rest.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var present = builtIn.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (var name in wanted)
        {
            if (present.Contains(name))
                continue;
            if (!needs.TryGetValue(name, out var module))
                throw new FileNotFoundException($"The kernel has no driver {name}.");
            order.AddRange(module.Needs.Reverse().Append(module.Path).Where(path => !order.Contains(path)).ToList());
        }
        return order;
    }

    private static readonly Comparer<string> ByNumbers = Comparer<string>.Create(
        (a, b) =>
        {
            var (left, right) = (Numbers(a), Numbers(b));
            for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
                if (left[i] != right[i])
                    return left[i].CompareTo(right[i]);
            return left.Count.CompareTo(right.Count);
        }
    );

    private static List<int> Numbers(string version) =>
        [
            .. version
                .Split('.', '-', '_', '+')
                .Where(p => p.Length < 9 && p.All(char.IsAsciiDigit) && p.Length > 0)
                .Select(p => int.Parse(p, CultureInfo.InvariantCulture)),
        ];

    // Driver names use - and _ interchangeably.
    private static string NameOf(string path)
    {
        var file = Path.GetFileName(path.Trim());
        foreach (var compression in Compressions)
            if (file.EndsWith($".ko{compression}", StringComparison.Ordinal))
                return file[..^$".ko{compression}".Length].Replace('-', '_');
        return file.Replace('-', '_');
    }

    private string[] Lines(string file) =>
        Path.Combine(ModuleFolder, file) is var path && File.Exists(path) ? File.ReadAllLines(path) : [];
}
