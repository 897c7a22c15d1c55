using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Adapters;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Tests.Adapters;

/// <summary>Adapters handle any input. A failing property prints the seed that repeats it.</summary>
public class HostileInputTests
{
    private static readonly Adapter[] Adapters = Enum.GetValues<Adapter>();

    // Fragments of the formats, so that random input reaches their rules more often than random bytes would.
    private static readonly string[] Words =
    [
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "a",
        "é",
        "1",
        "2.5",
        "1,0",
        ".",
        ":",
        "::",
        "ns",
        "µs",
        "/op",
        "/iter",
        "time:",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "{}",
        ",",
        "\"",
        "\"value\":1",
        "{\"a\":{\"b\":{\"value\":1}}}",
        "±",
        "%",
        "·",
        "x",
        "ops/sec",
        "(RunTime):",
        "us.",
        "- timer ended",
        "test",
        "...",
        "bench:",
        "(+/-",
        "runs",
        "sampled)",
        "a::b::c",
        "\n  ",
        "|N/A (*)",
        "Dr:",
        "= DHAT =",
        "\e[1m",
        "\e]",
        "\e",
        "Instructions:",
        "L1 Accesses:",
        "Estimated Cycles:",
        "user",
        "system",
        "total",
        "real",
        "-------------------------------------------------------------------------------",
        "\"module_path\"",
        "\"project_root\"",
        "\"real_time\"",
        "null",
        "\ud83d\ude00",
        "\\u0041",
        "\0",
    ];

    private static Gen<byte[]> Sample => Gen.Elements<byte[]>(Samples.Inputs);

    private static Gen<byte[]> Cut =>
        from sample in Sample
        from start in Gen.Choose(0, sample.Length)
        from end in Gen.Choose(start, sample.Length)
        from cut in Gen.Elements(sample[..start], sample[start..], sample[start..end])
        select cut;

    private static Gen<byte[]> OtherLines =>
        from sample in Sample
        from line in Gen.Choose(0, sample.Count(b => b == '\n'))
        from copies in Gen.Choose(0, 3)
        select Repeated(sample, line, copies);

    private static Gen<byte[]> OtherBytes =>
        from sample in Sample
        from places in Gen.Choose(0, sample.Length - 1).ListOf(5)
        from bytes in Gen.Choose(0, 255).ListOf(5)
        select Changed(sample, places.Zip(bytes, (place, b) => (place, (byte)b)));

    private static Gen<byte[]> Glued => from first in Cut from second in Sample select (byte[])[.. first, .. second];

    private static Gen<byte[]> Noise => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
    private static Gen<byte[]> Phrases =>
        Gen.Elements(Words).ArrayOf().Select(words => Encoding.UTF8.GetBytes(string.Concat(words)));

    private static Gen<byte[]> Anything => Gen.OneOf(Cut, OtherLines, OtherBytes, Glued, Noise, Phrases);

    private static byte[] Changed(byte[] sample, IEnumerable<(int Place, byte Byte)> changes)
    {
        var changed = sample.ToArray();
        foreach (var (place, b) in changes)
            changed[place] = b;
        return changed;
    }

    private static byte[] Repeated(byte[] sample, int line, int copies)
    {
        var lines = Encoding.Latin1.GetString(sample).Split('\n').ToList();
        var one = lines[line];
        lines.RemoveAt(line);
        lines.InsertRange(line, Enumerable.Repeat(one, copies));
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    private static void Check(Gen<byte[]> outputs, Func<byte[], bool> holds, int times = 500) =>
        FsCheck.Check.One(Properties.Tried(times), Prop.ForAll(Arb.From(outputs), holds));

    private static bool NothingThrows(byte[] output)
    {
        foreach (var adapter in Adapters)
        foreach (var average in (Average?[])[null, Average.Mean, Average.Median])
            Harness.Read(adapter, output, average);
        return true;
    }

    [Fact]
    public void No_adapter_throws_on_a_sample_cut_anywhere() => Check(Cut, NothingThrows);

    [Fact]
    public void No_adapter_throws_on_a_sample_with_a_line_removed_or_repeated() => Check(OtherLines, NothingThrows);

    [Fact]
    public void No_adapter_throws_on_a_sample_with_changed_bytes() => Check(OtherBytes, NothingThrows);

    [Fact]
    public void No_adapter_throws_on_random_bytes() => Check(Noise, NothingThrows);

    [Fact]
    public void No_adapter_throws_on_fragments_of_formats_in_any_order() => Check(Phrases, NothingThrows, times: 2000);

    [Fact]
    public void Magic_chooses_the_first_adapter_in_order_that_reads_anything() =>
        Check(
            Anything,
            output =>
            {
                // Magic looks only at the beginning of a longer output, so with output of several harnesses it may
                // choose a later adapter.
                if (output.Length > Format.BeginningBytes)
                    output = output[..Format.BeginningBytes];
                var magic = Harness.Read(Adapter.Magic, output, average: null, out var read);
                var one = new Output(output, ReadOptions.Usual);
                foreach (var format in Formats.InOrder)
                    if (format.Read(ref one, null) is { } results)
                        return read == format.Adapter && Seen.Show(magic) == Seen.Show(results);
                return magic is null && read == Adapter.Magic;
            },
            times: 1000
        );

    [Fact]
    public void Results_are_unchanged_after_a_round_trip_through_the_metric_format() =>
        Check(
            Anything,
            output =>
            {
                if (Harness.Read(Adapter.Magic, output, average: null) is not { } results)
                    return true;
                var buffer = new ArrayBufferWriter<byte>();
                using (var writer = new Utf8JsonWriter(buffer))
                    MetricFormat.Write(writer, results);
                return Seen.Show(MetricFormat.Read(buffer.WrittenSpan)) == Seen.Show(results);
            },
            times: 1000
        );

    [Fact]
    public void Results_of_any_input_have_valid_names_and_finite_numbers() =>
        Check(Anything, output =>
            Harness.Read(Adapter.Magic, output, average: null) is not { } results
            || results.Benchmarks.All(b =>
                Encoding.UTF8.GetByteCount(b.Name.Value) is > 0 and <= 1024
                && b.Metrics.All(m =>
                    new[] { m.Metric.Value, m.Metric.LowerValue ?? 0, m.Metric.UpperValue ?? 0 }.All(double.IsFinite)
                )
            )
        );
}
