using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// Tunes the host for low noise, and restores all settings on dispose, or at the next start if the runner was killed
/// before that.
/// </summary>
internal sealed class HostTuning : IDisposable
{
    private readonly HostRoots roots;
    private readonly TuningOptions options;
    private readonly Dictionary<string, string> inForce = new(StringComparer.Ordinal);
    private readonly List<string> notes = [];
    private readonly TuningJournal journal;
    private FileStream? claim,
        latency;

    private HostTuning(HostRoots roots, TuningOptions options) =>
        (this.roots, this.options, journal, Layout) = (
            roots,
            options,
            new(TuningJournal.PathOf(roots)),
            LayoutOf(TuningFacts.Read(roots))
        );

    /// <summary>The split of the processors that are left after SMT was switched off.</summary>
    public CpuLayout Layout { get; private set; }

    /// <summary>The values in force, by setting.</summary>
    public IReadOnlyDictionary<string, string> InForce => inForce;

    /// <summary>Failures and findings, a sentence each.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>
    /// True when a cpuset partition reserves the benchmark cores, so that a process must join its group to run there.
    /// </summary>
    public bool IsPartitioned { get; private set; }

    /// <param name="group">The parent control group of all runs.</param>
    public static HostTuning Begin(HostRoots roots, TuningOptions options, string group)
    {
        var tuning = new HostTuning(roots, options);
        if (options.Enabled && tuning.Claim())
            tuning.Apply(group);
        return tuning;
    }

    /// <summary>Restores the settings that a killed runner changed. Does nothing while a runner is up.</summary>
    /// <returns>A sentence for each action.</returns>
    public static IReadOnlyList<string> Restore(HostRoots roots)
    {
        using var tuning = new HostTuning(roots, new() { Enabled = false });
        if (!tuning.Claim())
            return tuning.Notes;
        return tuning.journal.Undo() is { Count: > 0 } undone ? undone : ["No runner has left changes on this host."];
    }

    public static CpuLayout LayoutOf(TuningFacts facts) =>
        CpuLayout.Of(facts.Online.Count > 0 ? facts.Online : [.. Enumerable.Range(0, Environment.ProcessorCount)]);

    // Only one runner may tune a machine: a second would take the first one's values for the original ones.
    private bool Claim()
    {
        var path = $"{roots.Run}/paddock-runner/tuning.lock";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            claim = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            notes.Add("Another runner has tuned this host; this runner changes nothing.");
        }
        catch (UnauthorizedAccessException e)
        {
            notes.Add($"This host is not tuned, because the changes could not be recorded: {e.Message}");
        }
        return false;
    }

    private void Apply(string group)
    {
        notes.AddRange(journal.Undo().Select(sentence => $"Undone after a killed runner: {sentence}"));
        Carry(TuningPlan.OfMachine(TuningFacts.Read(roots), options));
        var facts = TuningFacts.Read(roots);
        Layout = LayoutOf(facts);
        Carry(TuningPlan.OfProcessors(facts, Layout, options));
        if (!options.KeepCStates)
            HoldLatency();
        if (options.CpusetPartition && Layout.IsSplit)
            Partition(group);
    }

    private void Carry(TuningPlan plan)
    {
        foreach (var (knob, value) in plan.InForce)
            inForce[knob] = value;
        notes.AddRange(plan.Skipped);
        foreach (
            var failed in plan
                .Changes.Select(change => (Change: change, Why: Set(change)))
                .Where(f => f.Why is not null)
                .GroupBy(f => f.Change.Knob)
        )
        {
            // Some interrupts are bound to a core. The others have moved, so the setting counts as in force.
            if (failed.Key == "irqs")
                notes.Add(
                    $"irqs: {failed.Count()} of {plan.Changes.Count(c => c.Knob == "irqs")} could not be moved "
                        + $"({failed.First().Why})."
                );
            else
                notes.Add(
                    $"{failed.Key}: {failed.First().Change.Path} keeps its value {failed.First().Change.Old}: "
                        + $"{failed.First().Why}."
                );
            if (failed.Key != "irqs")
                inForce.Remove(failed.Key);
        }
    }

    private string? Set(Change change)
    {
        try
        {
            journal.Record(new(change.Path, change.Old, change.New));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the change could not be recorded: {e.Message.TrimEnd('.')}";
        }
        if (KernelFile.Write(change.Path, change.New) is { } why)
            return why;
        return HostRoots.Read(change.Path) is { } now && KernelFile.Same(now, change.New)
            ? null
            : "the kernel did not accept the new value";
    }

    // Processors avoid deep idle states as long as this file is held open with a latency of zero. The kernel closes it
    // when this process ends.
    private void HoldLatency()
    {
        try
        {
            latency = new(
                $"{roots.Dev}/cpu_dma_latency",
                FileMode.Open,
                FileAccess.Write,
                FileShare.ReadWrite,
                bufferSize: 0
            );
            latency.Write(BitConverter.GetBytes(0));
            inForce["cstates"] = "0 us";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes.Add($"cstates: {e.Message.TrimEnd('.')}.");
        }
    }

    private void Partition(string group)
    {
        if (!CpusetPartition.IsPossible(roots))
        {
            notes.Add(
                "cpuset: this host has no cpuset in cgroup v2; other programs may run on the cores of benchmarks."
            );
            return;
        }
        string? kind,
            why;
        try
        {
            (kind, why) = CpusetPartition.Make(roots, group, Layout, journal.Record);
        }
        catch (IOException e)
        {
            (kind, why) = (null, e.Message.TrimEnd('.'));
        }
        if (why is not null)
            notes.Add($"cpuset: {why}.");
        if (kind is null)
            return;
        (inForce["cpuset"], IsPartitioned) = (kind, true);
    }

    public void Dispose()
    {
        latency?.Dispose();
        if (options.Enabled && claim is not null)
            journal.Undo();
        claim?.Dispose();
    }
}
