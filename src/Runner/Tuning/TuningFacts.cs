using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>The host's current settings, from which a plan is computed.</summary>
/// <param name="Values">The content of each existing file, by path.</param>
/// <param name="Online">The online processors.</param>
/// <param name="Interrupts">The affinity file of each interrupt.</param>
internal sealed record TuningFacts(
    HostRoots Roots,
    IReadOnlyDictionary<string, string> Values,
    IReadOnlyList<int> Online,
    IReadOnlyList<string> Interrupts
)
{
    public static TuningFacts Read(HostRoots roots)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var online = CpuList.Parse(HostRoots.Read($"{roots.Sys}/devices/system/cpu/online")) ?? [];
        string[] interrupts =
        [
            .. Folders($"{roots.Proc}/irq")
                .Where(f => Path.GetFileName(f).All(char.IsAsciiDigit))
                .Select(f => $"{f}/smp_affinity_list"),
        ];
        foreach (
            var path in TuningPlan
                .Files(roots)
                .Concat(online.Select(cpu => TuningPlan.GovernorFile(roots, cpu)))
                .Concat(interrupts)
        )
            if (HostRoots.Read(path) is { } value)
                values[path] = value;
        return new(roots, values, online, [.. interrupts.Where(values.ContainsKey).Order(StringComparer.Ordinal)]);
    }

    private static string[] Folders(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
