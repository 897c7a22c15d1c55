using System.Globalization;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>A new value for a kernel file.</summary>
internal sealed record Change(string Knob, string Path, string Old, string New);

/// <summary>The changes to make to a host, computed from facts alone.</summary>
/// <param name="InForce">The value of each setting once the plan is executed, including settings that need no
/// change.</param>
/// <param name="Skipped">A sentence for each setting that this machine does not have.</param>
internal sealed record TuningPlan(
    IReadOnlyList<Change> Changes,
    IReadOnlyDictionary<string, string> InForce,
    IReadOnlyList<string> Skipped
)
{
    public const string DefaultIrq = "/irq/default_smp_affinity",
        Workqueues = "/devices/virtual/workqueue/cpumask";

    private sealed record Knob(string Name, Func<TuningOptions, string?> Value, Func<HostRoots, string[]> Files);

    // Applied in this order; a null value keeps the current one. Of several files, the first that exists is used. Huge
    // pages are two settings, because both of their files are set.
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
    /// The plan for the whole machine. Switching SMT off removes processors, so it comes last, and the facts are read
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
                plan.InForce[knob.Name] = "off"; // Already off.
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

    /// <summary>The plan for the settings that depend on the online processors.</summary>
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
            plan.Skip("governor", "this machine does not allow setting its clock rate");
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
    /// The selected word of a choice such as <c>always [madvise] never</c>; any other value unchanged.
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
