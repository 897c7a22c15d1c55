using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of Iai: a line with the name, then five lines with a counter each. Output of a benchmark may appear
/// between these lines.
/// </summary>
internal static class RustIai
{
    private static readonly BuiltInMeasure[] Counters =
    [
        .. "instructions l1-accesses l2-accesses ram-accesses estimated-cycles"
            .Split(' ')
            .Select(slug => BuiltInMeasure.Find(slug)!),
    ];

    private static readonly byte[][] Labels =
    [
        .. Counters.Select(counter => Encoding.UTF8.GetBytes(counter.Name + ":")),
    ];

    public static Results? Read(ref Output output, Average? average)
    {
        if (average is not null || !output.Has("RAM Accesses:"u8))
            return null;
        var text = new Blocks(output.NewResults());
        foreach (var line in new Lines(output.Text))
            text.Read(line);
        text.End();
        return output.Finish(text.Results);
    }

    private ref struct Blocks(Results results)
    {
        private readonly double[] values = new double[Counters.Length];

        // How many of the counters were read.
        private int count;

        // Since the last empty line, which separates benchmarks: the previous line, and the first line that may be the
        // name of a function.
        private ReadOnlySpan<byte> before;
        private ReadOnlySpan<byte> first;
        private bool hasGap,
            isAfterGap;
        private ReadOnlySpan<byte> name;

        public readonly Results Results => results;

        public void Read(ReadOnlySpan<byte> line)
        {
            if (IsCounter(line, Labels[0], out var value))
                Begin();
            else if (count == 0 || !IsCounter(line, Labels[count], out value))
            {
                ReadOther(line);
                return;
            }
            values[count++] = value;
            if (count == Counters.Length)
                Complete();
        }

        /// <summary>Reports a benchmark that is still unfinished when the text ends.</summary>
        public void End()
        {
            if (count > 0 && !name.IsEmpty)
                results.LeaveOut(Encoding.UTF8.GetString(name), "some of its counters are missing");
            count = 0;
        }

        private void Begin()
        {
            End();
            name = hasGap && !first.IsEmpty || !IsFunction(before) && !first.IsEmpty ? first : before;
        }

        private void Complete()
        {
            count = 0;
            isAfterGap = true;
            hasGap = false;
            before = first = default;
            if (Found.Name(name) is not { } valid)
                return;
            var benchmark = results.Benchmark(valid);
            benchmark.Reserve(values.Length);
            for (var i = 0; i < values.Length; i++)
                results.Sample(benchmark, Counters[i].Id, new(values[i]));
        }

        private void ReadOther(ReadOnlySpan<byte> line)
        {
            isAfterGap |= line.IsEmpty;
            if (line.IsEmpty)
                return;
            before = line;
            if (!IsFunction(line) || !first.IsEmpty && !isAfterGap)
                return;
            first = line;
            hasGap |= isAfterGap;
            isAfterGap = false;
        }
    }

    // Iai names benchmarks after their functions.
    private static bool IsFunction(ReadOnlySpan<byte> line)
    {
        foreach (var b in line)
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'_' or (byte)':'))
                return false;
        return !line.IsEmpty;
    }

    private static bool IsCounter(ReadOnlySpan<byte> text, ReadOnlySpan<byte> label, out double value)
    {
        value = 0;
        var line = new FromStart(text);
        return line.BlanksIfAny()
            && line.Text(label)
            && line.Blanks()
            && line.Int(out value)
            && (line.AtEnd || line.Blanks() && IsChange(line));
    }

    private static bool IsChange(FromStart line)
    {
        if (line.Rest.SequenceEqual("(No change)"u8))
            return true;
        return line.Byte('(')
            && (line.Byte('+') || line.Byte('-'))
            && line.Number(out _)
            && line.Text("%)"u8)
            && line.AtEnd;
    }
}
