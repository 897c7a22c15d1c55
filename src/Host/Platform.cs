using System.Globalization;

namespace Paddock.Host;

/// <summary>What a machine is, as far as it matters for noise.</summary>
/// <param name="Hypervisor">The name of it; "yes" where one is there that does not say its name; null on the bare
/// machine.</param>
/// <param name="Container">What kind of container we are in; null outside of one, or where it does not show.</param>
/// <param name="Caches">Sizes in bytes by level, the first core's, smallest first.</param>
public sealed record Platform(string? Hypervisor, string? Container, IReadOnlyList<CacheSize> Caches)
{
    // Product names that firmware of virtual machines gives, with the word that we say for them.
    private static readonly (string Part, string Name)[] Products =
    [
        ("KVM", "KVM"),
        ("QEMU", "QEMU"),
        ("VMware", "VMware"),
        ("VirtualBox", "VirtualBox"),
        ("Virtual Machine", "Hyper-V"),
        ("HVM domU", "Xen"),
        ("Google Compute Engine", "Google Compute Engine"),
        ("Amazon EC2", "Amazon EC2"),
        ("Bochs", "Bochs"),
        ("Droplet", "DigitalOcean"),
    ];

    public long? LastCache => Caches.Count > 0 ? Caches[^1].Bytes : null;

    public static Platform Read(HostRoots roots)
    {
        var product = HostRoots.Read($"{roots.Sys}/class/dmi/id/product_name");
        var hypervisor = Products
            .FirstOrDefault(p => product?.Contains(p.Part, StringComparison.OrdinalIgnoreCase) == true)
            .Name;
        // Metal instances of a cloud have its product name and no hypervisor; the processor's flag is what counts where
        // there is one.
        var flagged = CpuInfo(roots, "flags") is { } flags ? flags.Split(' ').Contains("hypervisor") : (bool?)null;
        return new(
            flagged == false
                ? null
                : hypervisor ?? (flagged == true ? HostRoots.Read($"{roots.Sys}/hypervisor/type") ?? "yes" : null),
            ContainerKind(roots),
            ReadCaches(roots)
        );
    }

    /// <summary>A line of the first processor in /proc/cpuinfo.</summary>
    public static string? CpuInfo(HostRoots roots, string key) =>
        HostRoots
            .Read($"{roots.Proc}/cpuinfo")
            ?.Split('\n')
            .Select(line => line.Split(':', 2))
            .FirstOrDefault(pair => pair.Length == 2 && pair[0].Trim() == key)
            ?[1].Trim();

    private static string? ContainerKind(HostRoots roots)
    {
        if (
            HostRoots
                .Read($"{roots.Proc}/1/environ")
                ?.Split('\0')
                .FirstOrDefault(v => v.StartsWith("container=", StringComparison.Ordinal)) is
            { } told
        )
            return told["container=".Length..];
        if (File.Exists($"{roots.Run}/.containerenv"))
            return "podman";
        return File.Exists($"{roots.Proc}/1/root/.dockerenv") ? "docker" : null;
    }

    private static List<CacheSize> ReadCaches(HostRoots roots)
    {
        var caches = new List<CacheSize>();
        const int indexMax = 16;
        for (var i = 0; i < indexMax; i++)
        {
            var folder = $"{roots.Sys}/devices/system/cpu/cpu0/cache/index{i}";
            if (HostRoots.Read($"{folder}/level") is not { } level || HostRoots.Read($"{folder}/size") is not { } size)
                break;
            if (
                HostRoots.Read($"{folder}/type") != "Instruction"
                && int.TryParse(level, CultureInfo.InvariantCulture, out var number)
                && Bytes(size) is { } bytes
            )
                caches.Add(new(number, bytes));
        }
        return [.. caches.OrderBy(c => c.Level)];
    }

    // The kernel writes 32K or 16M.
    private static long? Bytes(string size) =>
        long.TryParse(size.TrimEnd('K', 'M'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and < 1 << 30
            ? number
                << (
                    size[^1] switch
                    {
                        'K' => 10,
                        'M' => 20,
                        _ => 0,
                    }
                )
            : null;
}

public sealed record CacheSize(int Level, long Bytes);
