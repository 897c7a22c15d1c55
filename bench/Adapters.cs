using System.Diagnostics;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Bench;

/// <summary>How fast outputs are read, by a named adapter and by magic, which has to detect the adapter.</summary>
internal static class Adapters
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TickMin = TimeSpan.FromMilliseconds(40);
    private const int RoundsMax = 1 << 12;
    private const int OutputBytes = 2 << 20;

    public static void Measure(Figures figures)
    {
        if (figures.Wants("adapter/least"))
        {
            var json = HarnessOutput.All.First(one => one.Adapter == Adapter.Json).Output(OutputBytes);
            var least = BytesPerSecond(json, () => Walk(json));
            figures.Add(
                "adapter/least",
                $"{least / 1e6:0} MB/s: the framework's JSON reader alone, on the input of adapter/json",
                ("throughput", new(least))
            );
        }
        foreach (var (adapter, output) in HarnessOutput.All)
        {
            var name = $"adapter/{Words<Adapter>.Of(adapter)}";
            if (!figures.Wants(name))
                continue;
            var text = output(OutputBytes);
            if (Harness.Read(Adapter.Magic, text, average: null, out var found) is null || found != adapter)
                if (HarnessOutput.IsFoundByMagic(adapter))
                    throw new InvalidOperationException($"magic detects the output of {adapter} as that of {found}");
            var named = BytesPerSecond(adapter, text);
            if (!HarnessOutput.IsFoundByMagic(adapter))
            {
                figures.Add(name, $"{named / 1e6:0} MB/s", ("throughput", new(named)));
                continue;
            }
            var magic = BytesPerSecond(Adapter.Magic, text);
            figures.Add(
                name,
                $"{named / 1e6:0} MB/s, with magic {magic / 1e6:0} MB/s ({named / magic:0.00} times as long)",
                ("throughput", new(named))
            );
            figures.Add(
                name.Replace("adapter/", "magic/", StringComparison.Ordinal),
                $"{magic / 1e6:0} MB/s",
                ("throughput", new(magic))
            );
        }
    }

    // The median of many readings, after a warm-up in which the code gets fully compiled. Times are processor time, not
    // wall time, so that a busy machine neither slows the readings nor cuts the warm-up short.
    private static double BytesPerSecond(byte[] text, Action read)
    {
        var times = new List<TimeSpan>();
        var rounds = 1;
        for (var until = ProcessorTime() + Each; ProcessorTime() < until; )
            read();
        for (var until = ProcessorTime() + Each; ProcessorTime() < until || times.Count == 0; )
        {
            var start = ProcessorTime();
            for (var round = 0; round < rounds; round++)
                read();
            var took = ProcessorTime() - start;
            // The processor clock is coarse on some systems.
            if (took < TickMin && rounds < RoundsMax)
                rounds *= 2;
            else
                times.Add(took / rounds);
        }
        times.Sort();
        return text.Length / times.At(0.5).TotalSeconds;

        static TimeSpan ProcessorTime() => Process.GetCurrentProcess().TotalProcessorTime;
    }

    private static double BytesPerSecond(Adapter adapter, byte[] text) => BytesPerSecond(text, () =>
        {
            if (Harness.Read(adapter, text, average: null) is null)
                throw new InvalidOperationException($"{adapter} does not read its own output");
        });

    // The upper limit for the speed of a JSON adapter.
    private static void Walk(byte[] text)
    {
        var json = new Utf8JsonReader(text);
        while (json.Read()) { }
    }
}
