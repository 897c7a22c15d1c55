using System.Diagnostics;
using Paddock.Server.Ground.Database;
using Paddock.Torture.Faults;
using Paddock.Torture.Fuzzer;

namespace Paddock.Torture;

/// <summary>Runs all faults one after another, each for its share of the time.</summary>
internal static class Campaign
{
    private delegate Task<(int Times, string Outcome)> Fault(Setup setup, Findings findings, Func<int, bool> goesOn);

    private sealed record Entry(string Name, double Share, Fault Run)
    {
        /// <summary>Why this machine or engine cannot run the fault; null if it can.</summary>
        public Func<Setup, string?> Lacks { get; init; } = _ => null;
    }

    private static readonly Entry[] All =
    [
        new("killed (-9)", 30, (setup, findings, goesOn) => Kills.RunAsync(setup, findings, goesOn)),
        new("nonsense sent", 25, Fuzz.RunAsync),
        new("a longer stretch", 15, Growth.RunAsync),
        new("upgraded under load", 8, Upgrades.RunAsync)
        {
            Lacks = setup => setup.Before is null ? "--before names no program of an earlier version" : null,
        },
        new("disk full", 8, Disks.FullAsync) { Lacks = NeedsRoot },
        new("disk hangs", 5, Disks.FrozenAsync) { Lacks = NeedsRoot },
        new("disk fails, only read", 5, Disks.FailedAsync) { Lacks = NeedsRoot },
        new("clock an hour off", 6, Clocks.RunAsync)
        {
            Lacks = _ => Clocks.Library is null ? "libfaketime is not installed" : null,
        },
        new("out of memory, killed", 6, Memory.KilledAsync)
        {
            Lacks = _ => Memory.IsPossible ? null : "it takes root and control groups of version 1",
        },
        new("heap full", 4, Memory.HeapAsync),
        new("blob half written", 4, Damage.BlobsAsync),
        new("page of the database damaged", 5, Damage.PagesAsync)
        {
            Lacks = setup => setup.Engine == Engine.Sqlite ? null : "PostgreSQL looks after its own pages",
        },
    ];

    public static IReadOnlyList<string> Names => [.. All.Select(entry => entry.Name)];

    /// <param name="filter">Runs only faults with this text in their names.</param>
    public static async Task RunAsync(Setup setup, string filter, TimeSpan time, Summary summary, Findings findings)
    {
        var chosen = Array.FindAll(All, entry => entry.Name.Contains(filter, StringComparison.OrdinalIgnoreCase));
        var shares = chosen.Where(entry => entry.Lacks(setup) is null).Sum(entry => entry.Share);
        foreach (var entry in chosen)
        {
            if (entry.Lacks(setup) is { } lack)
            {
                summary.Add(entry.Name, 0, $"left out: {lack}");
                continue;
            }
            var watch = Stopwatch.StartNew();
            var end = time * (entry.Share / shares);
            var before = findings.Count;
            try
            {
                var (times, outcome) = await entry.Run(setup, findings, times => times == 0 || watch.Elapsed < end);
                var found = findings.Count - before;
                summary.Add(entry.Name, times, $"{(found == 0 ? "as it should be" : $"{found} FINDINGS")}; {outcome}");
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
            {
                findings.Add($"{entry.Name}: {e.Message}");
                summary.Add(entry.Name, 0, $"ended early: {e.Message}");
            }
        }
    }

    private static string? NeedsRoot(Setup setup) =>
        Environment.IsPrivilegedProcess ? null : "only root makes a file system";
}
