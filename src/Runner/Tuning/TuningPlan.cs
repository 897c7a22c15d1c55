using System.Globalization;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>A file of the kernel that gets another value.</summary>
internal sealed record Change(string Knob, string Path, string Old, string New);

/// <summary>What has to be done to a host, and what not; worked out from facts alone.</summary>
/// <param name="InForce">The value of each knob once the plan is carried out, also where nothing has to change for
/// it.</param>
/// <param name="Skipped">The knobs that this machine does not have, with a sentence each.</param>
internal sealed record TuningPlan(
    IReadOnlyList<Change> Changes,
    IReadOnlyDictionary<string, string> InForce,
    IReadOnlyList<string> Skipped
)
{
    public const string DefaultIrq = "/irq/default_smp_affinity",
        Workqueues = "/devices/virtual/workqueue/cpumask";

    private sealed record Knob(string Name, Func<TuningOptions, string?> Value, Func<HostRoots, string[]> Files);

    // In this order; a null value keeps what is there. Of several files the first that exists counts, but of huge pages
    // both.
    private static readonly Knob[] Knobs =
    [
        new("aslr", o => o.KeepAslr ? null : "0", r => [$"{r.Proc}/sys/kernel/randomize_va_space"]),
        new("nmi_watchdog", o => o.KeepNmiWatchdog ? null : "0", r => [$"{r.Proc}/sys/kernel/nmi_watchdog"]),
        new("soft_watchdog", o => o.KeepSoftWatchdog ? null : "0", r => [$"{r.Proc}/sys/kernel/soft_watchdog"]),
        new("swappiness", o => Text(o.Swappiness), r => [$"{r.Proc}/sys/vm/swappiness"]),
        new("perf_event_paranoid", o => Text(o.PerfEventParanoid), r => [$"{r.Proc}/sys/kernel/perf_event_paranoid"]),
        new("turbo", o => o.KeepTurbo ? null : "off", r => [NoTurbo(r), $"{r.Sys}/devices/system/cpu/cpufreq/boost"]),
        new("numa_balancing", o => o.KeepNumaBalancing ? null : "0", r => [$"{r.Proc}/sys/kernel/numa_balancing"]),
        new("timer_migration", o => o.KeepTimerMigration ? null : "0", r => [$"{r.Proc}/sys/kernel/timer_migration"]),
        new("ksm", o => o.KeepSamePageMerging ? null : "0", r => [$"{r.Sys}/kernel/mm/ksm/run"]),
        new(
            "thp",
            o => o.HugePages == "leave" ? null : o.HugePages,
            r => [$"{r.Sys}/kernel/mm/transparent_hugepage/enabled"]
        ),
        new(
            "thp_defrag",
            o => o.HugePages == "leave" ? null : o.HugePages,
            r => [$"{r.Sys}/kernel/mm/transparent_hugepage/defrag"]
        ),
        new("smt", o => o.KeepSmt ? null : "off", r => [Smt(r)]),
    ];

    public static IEnumerable<string> Files(HostRoots roots) =>
        Knobs.SelectMany(k => k.Files(roots)).Append($"{roots.Proc}{DefaultIrq}").Append($"{roots.Sys}{Workqueues}");

    public static string GovernorFile(HostRoots roots, int cpu) =>
        $"{roots.Sys}/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor";

    /// <summary>
    /// What concerns the whole machine. Switching SMT off takes processors away, so it stands last and facts are read
    /// again after it.
    /// </summary>
    public static TuningPlan OfMachine(TuningFacts facts, TuningOptions options)
    {
        var plan = new Draft();
        foreach (var knob in Knobs)
        {
            if (!options.Enabled || knob.Value(options) is not { } value)
                continue;
            if (knob.Files(facts.Roots).FirstOrDefault(facts.Values.ContainsKey) is not { } path)
                plan.Skip(knob.Name, "this kernel or machine has no such setting");
            else if (path == Smt(facts.Roots) && facts.Values[path] is "notsupported" or "notimplemented" or "forceoff")
                plan.InForce[knob.Name] = "off"; // Nothing to switch.
            else
                plan.Set(
                    knob.Name,
                    path,
                    Selected(facts.Values[path]),
                    path == NoTurbo(facts.Roots) ? "1"
                        : knob.Name == "turbo" ? "0"
                        : value,
                    shown: value
                );
        }
        return plan.Finish();
    }

    /// <summary>What depends on which processors there are.</summary>
    public static TuningPlan OfProcessors(TuningFacts facts, CpuLayout layout, TuningOptions options)
    {
        var plan = new Draft();
        if (!options.Enabled)
            return plan.Finish();
        string[] governors =
        [
            .. facts.Online.Select(cpu => GovernorFile(facts.Roots, cpu)).Where(facts.Values.ContainsKey),
        ];
        if (governors.Length == 0)
            plan.Skip("governor", "this machine does not let its clock rate be set");
        foreach (var path in governors)
            plan.Set("governor", path, facts.Values[path], options.Governor);
        if (options.IrqSteering && layout.IsSplit)
            SteerInterrupts(plan, facts, layout);
        return plan.Finish();
    }

    private static void SteerInterrupts(Draft plan, TuningFacts facts, CpuLayout layout)
    {
        var (mask, list) = (CpuList.FormatMask(layout.Housekeeping), CpuList.Format(layout.Housekeeping));
        foreach (
            var (knob, path) in new[]
            {
                ("irqs", $"{facts.Roots.Proc}{DefaultIrq}"),
                ("workqueues", $"{facts.Roots.Sys}{Workqueues}"),
            }
        )
        {
            if (!facts.Values.TryGetValue(path, out var now))
                plan.Skip(knob, "this kernel has no such setting");
            else
                plan.Set(
                    knob,
                    path,
                    now,
                    CpuList.ParseMask(now)?.SequenceEqual(layout.Housekeeping) == true ? now : mask,
                    shown: list
                );
        }
        foreach (var path in facts.Interrupts)
            if (
                facts.Values[path] is { Length: > 0 } now
                && CpuList.Parse(now)?.SequenceEqual(layout.Housekeeping) != true
            )
                plan.Set("irqs", path, now, list, shown: list);
    }

    /// <summary>
    /// Of a choice such as <c>always [madvise] never</c> the word in brackets; anything else as it is.
    /// </summary>
    public static string Selected(string value) =>
        value.IndexOf('[') is >= 0 and var open && value.IndexOf(']', open) is > 0 and var close
            ? value[(open + 1)..close]
            : value;

    private static string NoTurbo(HostRoots roots) => $"{roots.Sys}/devices/system/cpu/intel_pstate/no_turbo";

    private static string Smt(HostRoots roots) => $"{roots.Sys}/devices/system/cpu/smt/control";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Draft
    {
        private readonly List<Change> changes = [];
        private readonly List<string> skipped = [];

        public Dictionary<string, string> InForce { get; } = new(StringComparer.Ordinal);

        public void Set(string knob, string path, string old, string value, string? shown = null)
        {
            InForce[knob] = shown ?? value;
            if (old != value)
                changes.Add(new(knob, path, old, value));
        }

        public void Skip(string knob, string why) => skipped.Add($"{knob}: {why}.");

        public TuningPlan Finish() => new(changes, InForce, skipped);
    }
}
