using System.CommandLine;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Commands;

/// <summary>The options for host tuning: settings to leave alone, and settings with other values.</summary>
internal sealed class TuningArguments
{
    private readonly Option<bool> none = Settings.Flag(
        "--no-tuning",
        "Do not tune this host; benchmarks are still pinned to their cores.",
        setting: "NO_TUNING"
    );
    private readonly Option<bool> aslr = Keep("--aslr", "address space layout randomization");
    private readonly Option<bool> nmiWatchdog = Keep("--nmi-watchdog", "the NMI watchdog");
    private readonly Option<bool> softWatchdog = Keep("--soft-watchdog", "the soft-lockup watchdog");
    private readonly Option<bool> smt = Keep("--smt", "simultaneous multithreading");
    private readonly Option<bool> turbo = Keep("--turbo", "turbo clock rates");
    private readonly Option<bool> numa = Keep("--numa-balancing", "NUMA balancing");
    private readonly Option<bool> timers = Keep("--timer-migration", "timer migration");
    private readonly Option<bool> ksm = Keep("--ksm", "same-page merging");
    private readonly Option<bool> cstates = Keep("--cstates", "deep sleep of idle cores");
    private readonly Option<int> swappiness = Settings.Number(
        "--swappiness",
        "Swappiness to set",
        10,
        TuningOptions.SwappinessMin,
        TuningOptions.SwappinessMax
    );
    private readonly Option<int> paranoid = Settings.Number(
        "--perf-event-paranoid",
        "Value of kernel.perf_event_paranoid; 2 lets each process read only its own performance counters",
        2,
        TuningOptions.ParanoidMin,
        TuningOptions.ParanoidMax
    );
    private readonly Option<string> governor = Settings.Text(
        "--governor",
        "Frequency governor to set (performance).",
        "name"
    );
    private readonly Option<string> hugePages = Settings.Text(
        "--thp",
        "Transparent huge pages: never, madvise, always, or leave for no change (never).",
        "word"
    );
    private readonly Option<bool> noCpuset = new("--no-cpuset-partition")
    {
        Description = "Let other programs run on the cores of benchmarks.",
        Arity = ArgumentArity.Zero,
    };
    private readonly Option<bool> noIrqs = new("--no-irq-steering")
    {
        Description = "Do not move interrupts and the kernel's own work off the cores of benchmarks.",
        Arity = ArgumentArity.Zero,
    };

    public void AddTo(Command command)
    {
        foreach (
            var option in (Option[])
                [
                    none,
                    aslr,
                    nmiWatchdog,
                    softWatchdog,
                    smt,
                    turbo,
                    numa,
                    timers,
                    ksm,
                    cstates,
                    swappiness,
                    paranoid,
                    governor,
                    hugePages,
                    noCpuset,
                    noIrqs,
                ]
        )
            command.Options.Add(option);
        hugePages.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var word }] && !TuningOptions.HugePageWords.Contains(word))
                result.AddError($"--thp: \"{word}\" is not one of {string.Join(", ", TuningOptions.HugePageWords)}.");
        });
    }

    public TuningOptions Of(ParseResult args) =>
        new()
        {
            Enabled = !args.GetValue(none),
            KeepAslr = args.GetValue(aslr),
            KeepNmiWatchdog = args.GetValue(nmiWatchdog),
            KeepSoftWatchdog = args.GetValue(softWatchdog),
            KeepSmt = args.GetValue(smt),
            KeepTurbo = args.GetValue(turbo),
            KeepNumaBalancing = args.GetValue(numa),
            KeepTimerMigration = args.GetValue(timers),
            KeepSamePageMerging = args.GetValue(ksm),
            KeepCStates = args.GetValue(cstates),
            Swappiness = args.GetValue(swappiness),
            PerfEventParanoid = args.GetValue(paranoid),
            Governor = args.GetValue(governor) ?? "performance",
            HugePages = args.GetValue(hugePages) ?? "never",
            CpusetPartition = !args.GetValue(noCpuset),
            IrqSteering = !args.GetValue(noIrqs),
        };

    private static Option<bool> Keep(string name, string what) =>
        new(name) { Description = $"Do not change {what}.", Arity = ArgumentArity.Zero };
}
