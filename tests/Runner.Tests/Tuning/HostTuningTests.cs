using Paddock.Host;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Tests.Tuning;

public sealed class HostTuningTests
{
    [Fact]
    public void A_host_is_tuned_and_restored_afterward()
    {
        using var host = new MadeHost();
        var before = host.Everything();
        using (var tuning = HostTuning.Begin(host.Roots, new(), "paddock-test"))
        {
            foreach (
                var path in new[]
                {
                    "proc/sys/kernel/randomize_va_space",
                    "proc/sys/kernel/nmi_watchdog",
                    "proc/sys/kernel/numa_balancing",
                    "proc/sys/kernel/timer_migration",
                    "sys/kernel/mm/ksm/run",
                }
            )
                Assert.Equal("0", host.Read(path));
            Assert.Equal("10", host.Read("proc/sys/vm/swappiness"));
            Assert.Equal("2", host.Read("proc/sys/kernel/perf_event_paranoid"));
            Assert.Equal("1", host.Read("sys/devices/system/cpu/intel_pstate/no_turbo"));
            Assert.Equal("off", host.Read("sys/devices/system/cpu/smt/control"));
            Assert.Equal("never", host.Read("sys/kernel/mm/transparent_hugepage/enabled"));
            Assert.Equal("performance", host.Read("sys/devices/system/cpu/cpu3/cpufreq/scaling_governor"));
            Assert.Equal(
                ("1", "0", "1"),
                (
                    host.Read("proc/irq/default_smp_affinity"),
                    host.Read("proc/irq/12/smp_affinity_list"),
                    host.Read("sys/devices/virtual/workqueue/cpumask")
                )
            );
            Assert.Equal(new byte[4], File.ReadAllBytes(host.Path("dev/cpu_dma_latency"))[..4]);
            Assert.Equal((1, 3), (tuning.Layout.Housekeeping.Count, tuning.Layout.Benchmark.Count));
            Assert.Equal("off", tuning.InForce["turbo"]);
            Assert.Equal("0", tuning.InForce["soft_watchdog"]); // Unchanged, but in force.
            Assert.Equal("0", tuning.InForce["irqs"]);
        }

        // A file that the kernel shows as a list of choices is restored to the selected word.
        foreach (var (path, value) in before)
            Assert.Equal((path, TuningPlan.Selected(value)), (path, TuningPlan.Selected(host.Everything()[path])));
        Assert.False(File.Exists(TuningJournal.PathOf(host.Roots)));
    }

    [Fact]
    public void Tuning_restricts_performance_counters_that_are_open_to_every_user()
    {
        using var host = new MadeHost();
        host.Write("proc/sys/kernel/perf_event_paranoid", "-1");
        using (HostTuning.Begin(host.Roots, new(), "paddock-test"))
            Assert.Equal("2", host.Read("proc/sys/kernel/perf_event_paranoid"));
    }

    [Fact]
    public void Settings_that_the_operator_keeps_are_unchanged_and_disabled_tuning_changes_nothing()
    {
        using var host = new MadeHost();
        var before = host.Everything();
        using (
            HostTuning.Begin(
                host.Roots,
                new()
                {
                    KeepAslr = true,
                    KeepNmiWatchdog = true,
                    KeepSoftWatchdog = true,
                    KeepSmt = true,
                    KeepTurbo = true,
                    KeepNumaBalancing = true,
                    KeepTimerMigration = true,
                    KeepSamePageMerging = true,
                    KeepCStates = true,
                    Swappiness = 60,
                    PerfEventParanoid = 3,
                    Governor = "powersave",
                    HugePages = "leave",
                    CpusetPartition = false,
                    IrqSteering = false,
                },
                "g"
            )
        )
            Assert.Equal(before, host.Everything());
        using (var off = HostTuning.Begin(host.Roots, new() { Enabled = false }, "g"))
        {
            Assert.Equal(before, host.Everything());
            Assert.Empty(off.InForce);
            Assert.True(off.Layout.IsSplit); // Benchmarks are still pinned to their cores.
        }
    }

    [Fact]
    public void Settings_that_a_machine_lacks_are_noted_and_skipped()
    {
        using var host = new MadeHost();
        host.Remove("sys/devices/system/cpu/intel_pstate/no_turbo");
        host.Write("sys/devices/system/cpu/cpufreq/boost", "1");
        host.Remove("sys/kernel/mm/ksm/run");
        host.Write("sys/devices/system/cpu/smt/control", "notsupported");

        using var tuning = HostTuning.Begin(host.Roots, new(), "g");

        Assert.Equal("0", host.Read("sys/devices/system/cpu/cpufreq/boost"));
        Assert.Equal(
            ("off", "off", "notsupported"),
            (tuning.InForce["turbo"], tuning.InForce["smt"], host.Read("sys/devices/system/cpu/smt/control"))
        );
        Assert.Contains(tuning.Notes, n => n.StartsWith("ksm:", StringComparison.Ordinal));
        Assert.False(tuning.InForce.ContainsKey("ksm"));
    }

    [Fact]
    public void The_next_runner_restores_the_host_after_a_kill_at_any_point()
    {
        using var complete = new MadeHost();
        var before = complete.Everything();
        var abandoned = HostTuning.Begin(complete.Roots, new(), "g");
        var journal = File.ReadAllLines(TuningJournal.PathOf(complete.Roots));
        abandoned.Dispose();
        Assert.True(journal.Length > 15);

        // Killed after n changes: between journal entry and change, after the change, or in the middle of the next
        // journal entry.
        for (var n = 0; n <= journal.Length; n++)
            foreach (var (isDone, torn) in new[] { (true, ""), (false, ""), (true, "{\"path\":\"/tor") })
            {
                using var host = new MadeHost();
                var deeds = journal[..n]
                    .Select(line => line.Replace(complete.Path(""), host.Path(""), StringComparison.Ordinal))
                    .ToList();
                Directory.CreateDirectory(Path.GetDirectoryName(TuningJournal.PathOf(host.Roots))!);
                File.WriteAllText(TuningJournal.PathOf(host.Roots), string.Concat(deeds.Select(d => $"{d}\n")) + torn);
                foreach (var deed in isDone ? deeds : deeds.SkipLast(1))
                    Do(System.Text.Json.JsonDocument.Parse(deed).RootElement);

                HostTuning.Restore(host.Roots);

                foreach (var (path, value) in before)
                    Assert.Equal(
                        (path, TuningPlan.Selected(value)),
                        (path, TuningPlan.Selected(host.Everything()[path]))
                    );
            }

        static void Do(System.Text.Json.JsonElement deed) =>
            File.WriteAllText(deed.GetProperty("path").GetString()!, deed.GetProperty("new").GetString());
    }

    [Fact]
    public void A_runner_started_after_a_kill_restores_the_original_values_before_it_tunes()
    {
        using var host = new MadeHost();
        host.Write("proc/sys/vm/swappiness", "10");
        Directory.CreateDirectory(host.Path("run/paddock-runner"));
        new TuningJournal(TuningJournal.PathOf(host.Roots)).Record(
            new(host.Path("proc/sys/vm/swappiness"), "60", "10")
        );

        using (var tuning = HostTuning.Begin(host.Roots, new(), "g"))
            Assert.Contains(tuning.Notes, n => n.Contains("swappiness is 60 again", StringComparison.Ordinal));

        Assert.Equal("60", host.Read("proc/sys/vm/swappiness"));
    }

    [Fact]
    public void A_value_that_another_program_has_changed_meanwhile_is_not_restored()
    {
        using var host = new MadeHost();
        var tuning = HostTuning.Begin(host.Roots, new(), "g");
        host.Write("proc/sys/vm/swappiness", "30");
        tuning.Dispose();

        Assert.Equal("30", host.Read("proc/sys/vm/swappiness"));
        Assert.Equal("2", host.Read("proc/sys/kernel/randomize_va_space"));
    }

    [Fact]
    public void Only_one_runner_can_tune_a_host()
    {
        using var host = new MadeHost();
        using var first = HostTuning.Begin(host.Roots, new(), "g");
        var quiet = host.Everything();
        using (var second = HostTuning.Begin(host.Roots, new() { Swappiness = 0 }, "g"))
        {
            Assert.Contains(second.Notes, n => n.Contains("Another runner", StringComparison.Ordinal));
            Assert.Empty(second.InForce);
        }

        Assert.Contains("Another runner", Assert.Single(HostTuning.Restore(host.Roots)));
        Assert.Equal(quiet, host.Everything());
    }

    [Fact]
    public void The_benchmark_cores_become_a_partition_on_cgroup_v2()
    {
        using var host = new MadeHost();
        host.Write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory pids");
        host.Write("sys/fs/cgroup/cgroup.subtree_control", "cpu");
        host.Write("sys/fs/cgroup/cpuset.mems.effective", "0");
        foreach (var file in new[] { "cpuset.cpus", "cpuset.mems", "cgroup.subtree_control", "cpuset.cpus.partition" })
            host.Write($"sys/fs/cgroup/g/{file}", "");

        using var tuning = HostTuning.Begin(host.Roots, new(), "g");

        Assert.Equal("+cpuset", host.Read("sys/fs/cgroup/cgroup.subtree_control"));
        Assert.Equal(
            ("1-3", "0", "root"),
            (
                host.Read("sys/fs/cgroup/g/cpuset.cpus"),
                host.Read("sys/fs/cgroup/g/cpuset.mems"),
                host.Read("sys/fs/cgroup/g/cpuset.cpus.partition")
            )
        );
        // With several cores, "isolated" would keep threads from moving between them.
        Assert.Equal("root", tuning.InForce["cpuset"]);
        Assert.True(tuning.IsPartitioned);
    }

    [Fact]
    public async Task A_real_kernel_setting_is_changed_and_restored()
    {
        // A real kernel file that nothing depends on, in an otherwise fake tree, so the rest of the machine is
        // unaffected.
        const string swappiness = "/proc/sys/vm/swappiness";
        using var host = new MadeHost();
        host.Remove("proc/sys/vm/swappiness");
        File.CreateSymbolicLink(host.Path("proc/sys/vm/swappiness"), swappiness);
        var original = (await File.ReadAllTextAsync(swappiness)).Trim();
        var wanted = original == "11" ? 12 : 11;
        try
        {
            using (HostTuning.Begin(host.Roots, new() { Swappiness = wanted }, "g"))
                Assert.Equal($"{wanted}", (await File.ReadAllTextAsync(swappiness)).Trim());
            Assert.Equal(original, (await File.ReadAllTextAsync(swappiness)).Trim());
        }
        finally
        {
            await File.WriteAllTextAsync(swappiness, original);
        }
    }

    [Fact]
    public async Task Check_restores_the_host_after_a_runner_was_killed()
    {
        const string swappiness = "/proc/sys/vm/swappiness";
        var original = (await File.ReadAllTextAsync(swappiness)).Trim();
        var wanted = original == "13" ? "14" : "13";
        var paranoid = (await File.ReadAllTextAsync("/proc/sys/kernel/perf_event_paranoid")).Trim();
        using var image = Images.TestImage.Busybox();
        var data = Directory.CreateTempSubdirectory("paddock-data-").FullName;
        var tuned = new Dictionary<string, string> { ["PADDOCK_NO_TUNING"] = "0" };
        string[] arguments =
        [
            "run",
            "--image",
            image.Folder,
            "--data",
            data,
            "--noise-duration",
            "0",
            "--entrypoint",
            "/bin/sleep",
            "--cmd",
            "1000",
            "--swappiness",
            wanted,
            "--perf-event-paranoid",
            int.Clamp(int.Parse(paranoid), 2, 4).ToString(),
            "--aslr",
            "--nmi-watchdog",
            "--soft-watchdog",
            "--smt",
            "--turbo",
            "--numa-balancing",
            "--timer-migration",
            "--ksm",
            "--cstates",
            "--thp",
            "leave",
            "--no-irq-steering",
            "--no-cpuset-partition",
        ];
        try
        {
            var start = new System.Diagnostics.ProcessStartInfo(BuiltProgram.Runner, arguments)
            {
                Environment = { ["PADDOCK_NO_TUNING"] = "0" },
            };
            using (var runner = System.Diagnostics.Process.Start(start)!)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
                while ((await File.ReadAllTextAsync(swappiness)).Trim() != wanted && !runner.HasExited)
                    await Task.Delay(20, patience.Token);
                runner.Kill();
                await runner.WaitForExitAsync(patience.Token);
            }
            Assert.Equal(wanted, (await File.ReadAllTextAsync(swappiness)).Trim());

            var restored = await BuiltProgram.RunAsync(BuiltProgram.Runner, ["check", "--restore"], tuned);

            Assert.Equal(0, restored.ExitCode);
            Assert.Contains($"{swappiness} is {original} again.", restored.Output);
            Assert.Equal(original, (await File.ReadAllTextAsync(swappiness)).Trim());
        }
        finally
        {
            await File.WriteAllTextAsync(swappiness, original);
            // Stops what the killed runner left running.
            await BuiltProgram.RunAsync(BuiltProgram.Runner, ["run", .. arguments[1..7], "--entrypoint", "/bin/true"]);
            Directory.Delete(data, recursive: true);
        }
    }
}
