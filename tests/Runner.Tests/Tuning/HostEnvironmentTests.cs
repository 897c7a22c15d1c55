using Paddock.Runner.Tuning;

namespace Paddock.Runner.Tests.Tuning;

public sealed class HostEnvironmentTests
{
    [Fact]
    public void The_description_of_a_machine_is_read_from_its_kernel()
    {
        using var host = new MadeHost();

        var environment = HostEnvironment.Read(host.Roots, [1, 2, 3]);

        Assert.Equal(
            ("Made CPU @ 3.00GHz", "0x42", "6.1.0-made", "powersave", "1-3"),
            (environment.CpuModel, environment.Microcode, environment.Kernel, environment.Governor, environment.Cpus)
        );
        Assert.Equal(
            (true, true, true, false),
            (environment.Turbo, environment.Smt, environment.Aslr, environment.Virtualized)
        );
        Assert.Equal(8_000_000L << 10, environment.Memory);
    }

    [Fact]
    public void Values_that_the_kernel_does_not_provide_are_null()
    {
        using var host = new MadeHost();
        foreach (
            var path in new[]
            {
                "proc/cpuinfo",
                "proc/meminfo",
                "sys/devices/system/cpu/intel_pstate/no_turbo",
                "sys/devices/system/cpu/smt/active",
                "proc/sys/kernel/randomize_va_space",
            }
        )
            host.Remove(path);

        var environment = HostEnvironment.Read(host.Roots, cores: null);

        Assert.Equal(
            (null, null, null, null),
            (environment.CpuModel, environment.Microcode, environment.Memory, environment.Cpus)
        );
        Assert.Equal((null, null, null), (environment.Turbo, environment.Smt, environment.Aslr));
    }

    [Fact]
    public void The_different_governors_of_the_cores_are_all_listed()
    {
        using var host = new MadeHost();
        host.Write("sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "performance");

        Assert.Equal("powersave, performance", HostEnvironment.Read(host.Roots, [1, 2, 3]).Governor);
    }

    [Fact]
    public void Settings_that_only_an_operator_can_change_cause_a_warning()
    {
        using var host = new MadeHost();
        var warnings = string.Join('\n', Preflight.Warnings(host.Roots));

        Assert.Contains("irqbalance", warnings);
        Assert.Contains("nohz_full", warnings);
        Assert.DoesNotContain("isolcpus", warnings);
        Assert.DoesNotContain("virtual machine", warnings);

        host.Write("proc/cpuinfo", "flags\t: fpu hypervisor");
        Assert.Contains("virtual machine", string.Join('\n', Preflight.Warnings(host.Roots)));
    }

    [Fact]
    public async Task The_noise_of_a_core_is_measured_on_that_core()
    {
        Assert.InRange(
            (await CoreNoise.MeasureAsync([0], Path.GetTempPath(), TimeSpan.FromSeconds(1), default))!.Value,
            0,
            100
        );
        // Core 7777 does not exist.
        Assert.Null(await CoreNoise.MeasureAsync([7777], Path.GetTempPath(), TimeSpan.FromSeconds(1), default));
        Assert.Null(await CoreNoise.MeasureAsync(null, "/nonexistent", TimeSpan.FromSeconds(1), default));
    }
}
