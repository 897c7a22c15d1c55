using System.Diagnostics;
using System.Globalization;

namespace Paddock.Torture.Replicas;

/// <summary>Every harm in turn, with how long the servers took to recover.</summary>
internal static class Replicating
{
    public static async Task RunAsync(Setup setup, string filter, TimeSpan time, Summary summary, Findings findings)
    {
        var harms = TwoServers
            .Harms.Where(harm => $"replicas: {harm}".Contains(filter, StringComparison.OrdinalIgnoreCase))
            .ToList();
        var watch = Stopwatch.StartNew();
        var recovered = harms.ToDictionary(harm => harm, _ => new List<TimeSpan>());
        var found = harms.ToDictionary(harm => harm, _ => 0);
        await using var servers = await TwoServers.BeginAsync(setup, findings);
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
                    $"{outcome}; recovered after {times[times.Count / 2].TotalSeconds:0.00} s (at most {times[^1].TotalSeconds:0.00})"
                )
            );
        }
        summary.Add(
            "replicas: all",
            recovered.Values.Sum(times => times.Count),
            $"{(findings.Count == ended ? "logs and books as they should be" : "FINDINGS at the end")}; {confirmed}"
        );
    }
}
