using System.Diagnostics;
using System.Globalization;

namespace Paddock.Torture.Replicas;

/// <summary>Runs every fault in turn, and reports how long the servers took to recover.</summary>
internal static class Replicating
{
    public static async Task RunAsync(Setup setup, string filter, TimeSpan time, Summary summary, Findings findings)
    {
        List<string> Wanted(IReadOnlyList<string> harms) =>
            [.. harms.Where(harm => $"replicas: {harm}".Contains(filter, StringComparison.OrdinalIgnoreCase))];
        var (harms, cuts) = (Wanted(TwoServers.Harms), Wanted(TwoServers.NetworkHarms));
        if (cuts.Count > 0 && Network.Lacks() is { } lack)
        {
            cuts.ForEach(harm => summary.Add($"replicas: {harm}", 0, $"left out: {lack}"));
            cuts.Clear();
        }
        var share = time / Math.Max(1, harms.Count + cuts.Count);
        if (harms.Count > 0)
            await RunAsync(setup, harms, share * harms.Count, network: null, summary, findings);
        if (cuts.Count == 0)
            return;
        try
        {
            await RunAsync(setup, cuts, share * cuts.Count, new Network(lines: 2), summary, findings);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
        {
            findings.Add($"replicas by networks: {e.Message}");
            summary.Add("replicas: all, by networks", 0, $"ended early: {e.Message}");
        }
    }

    private static async Task RunAsync(
        Setup setup,
        List<string> harms,
        TimeSpan time,
        Network? network,
        Summary summary,
        Findings findings
    )
    {
        var watch = Stopwatch.StartNew();
        var recovered = harms.ToDictionary(harm => harm, _ => new List<TimeSpan>());
        var found = harms.ToDictionary(harm => harm, _ => 0);
        await using var servers = await TwoServers.BeginAsync(setup, findings, network);
        for (var round = 0; round < harms.Count || watch.Elapsed < time; round++)
        {
            var harm = harms[round % harms.Count];
            var before = findings.Count;
            recovered[harm].Add(await servers.RoundAsync(harm));
            found[harm] += findings.Count - before;
        }
        var ended = findings.Count;
        var confirmed = await servers.EndAsync();
        foreach (var harm in harms)
        {
            var times = recovered[harm].Order().ToList();
            var outcome = found[harm] == 0 ? "nothing lost" : $"{found[harm]} FINDINGS";
            summary.Add(
                $"replicas: {harm}",
                times.Count,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{outcome}; recovered after {times[times.Count / 2].TotalSeconds:0.00} s "
                        + $"(at most {times[^1].TotalSeconds:0.00})"
                )
            );
        }
        foreach (var measured in servers.Measured)
            Console.WriteLine($"network: {measured}");
        summary.Add(
            network is null ? "replicas: all" : "replicas: all, by networks",
            recovered.Values.Sum(times => times.Count),
            $"{(findings.Count == ended ? "logs and books as they should be" : "FINDINGS at the end")}; {confirmed}"
        );
    }
}
