using System.Globalization;

namespace Paddock.Host;

/// <summary>The properties of a machine that matter for noise.</summary>
/// <param name="Hypervisor">The hypervisor's name; "yes" when it does not tell its name; null on bare metal.</param>
/// <param name="Container">The kind of container that this process is in; null outside one, or when it is not
/// detectable.</param>
/// <param name="Caches">The first core's cache sizes in bytes by level, smallest first.</param>
public sealed record Platform(string? Hypervisor, string? Container, IReadOnlyList<CacheSize> Caches)
{
    // Parts of the product names that virtual machines' firmware reports, with the hypervisor's name for each.
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
        // Bare-metal cloud instances report their cloud's product name but have no hypervisor, so the processor's flag
        // decides where it is known.
        var flagged = CpuInfo(roots, "flags") is { } flags ? flags.Split(' ').Contains("hypervisor") : (bool?)null;
        return new(
            flagged == false
                ? null
                : hypervisor ?? (flagged == true ? HostRoots.Read($"{roots.Sys}/hypervisor/type") ?? "yes" : null),
            ContainerKind(roots),
            ReadCaches(roots)
        );
    }

    /// <summary>The value of a line about the first processor in /proc/cpuinfo.</summary>
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

    // The kernel writes sizes like 32K or 16M.
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
