using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What divan prints: a tree of benchmarks whose branches are drawn, with columns to the right of it.</summary>
internal static class RustDivan
{
    private const int DepthMax = 64;
    private const int StepWidth = 3; // Of one level of the tree: "│  ", "├─ ".
    private const int ColumnsMin = 4;

    private static ReadOnlySpan<byte> Bar => "│"u8;

    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("│ slowest"u8)) return null;
        var tree = new Tree(output.NewResults(), average);
        foreach (var line in new Lines(output.Text)) tree.Read(line);
        return tree.Results.OrNull();
    }

    private sealed class Tree(Results results, Average? average)
    {
        private readonly List<string> path = [];
        private int firstColumn = -1;
        private BenchmarkName? latest;

        public Results Results => results;

        public void Read(ReadOnlySpan<byte> line)
        {
            if (firstColumn < 0 || line.IndexOf("│ slowest"u8) >= 0)
            {
                ReadHeading(line);
                return;
            }
            var rest = line;
            var width = 0;
            while (rest.Length > 0 && (rest[0] == ' ' || rest.StartsWith(Bar)))
            {
                rest = rest[(rest[0] == ' ' ? 1 : Bar.Length)..];
                width++;
            }
            if (width % StepWidth == 0 && (rest.StartsWith("├─ "u8) || rest.StartsWith("╰─ "u8))) ReadEntry(rest["├─ "u8.Length..], width);
            else if (latest is not null) ReadMore(line);
        }

        // "name   fastest       │ slowest       │ median        │ mean          │ samples │ iters"
        private void ReadHeading(ReadOnlySpan<byte> line)
        {
            var column = line.IndexOf("fastest "u8);
            if (column <= 0 || line[column..].IndexOf("│ slowest"u8) < 0) return;
            firstColumn = Encoding.UTF8.GetCharCount(line[..column]);
            path.Clear();
            path.Add(Encoding.UTF8.GetString(line[..column]).Trim());
            latest = null;
        }

        private void ReadEntry(ReadOnlySpan<byte> text, int width)
        {
            var depth = width / StepWidth + 1;
            latest = null;
            if (depth > path.Count || depth > DepthMax) return;
            path.RemoveRange(depth, path.Count - depth);
            var nameLength = Column(text, firstColumn - width - StepWidth);
            path.Add(Encoding.UTF8.GetString(text[..nameLength].Trim((byte)' ')));
            text = text[nameLength..];
            if (text.StartsWith("(ignored)"u8)) results.LeaveOut(string.Join("::", path), "it was ignored");
            Span<double> times = stackalloc double[ColumnsMin];
            for (var i = 0; i < ColumnsMin; i++)
                if (!Duration(Cell(ref text), out times[i])) return;
            latest = Found.Name(string.Join("::", path));
            results.Sample(latest, BuiltInMeasure.Latency, new(times[average == Average.Median ? 2 : 3], times[0], times[1]));
        }

        // A rate of bytes or items, under the times that it was computed from; the fastest run has the highest.
        private void ReadMore(ReadOnlySpan<byte> line)
        {
            if (!results.TakesAll) return;
            var text = line[Column(line, firstColumn)..];
            Span<double> rates = stackalloc double[ColumnsMin];
            string? unit = null;
            for (var i = 0; i < ColumnsMin; i++)
            {
                if (!Rate(Cell(ref text), out rates[i], out var word) || unit is not null && word != unit) return;
                unit = word;
            }
            results.SampleMore(latest, unit!, unit, new(rates[average == Average.Median ? 2 : 3], rates[1], rates[0]));
        }

        // Where a column of characters begins, in bytes; the end of a text that is shorter.
        private static int Column(ReadOnlySpan<byte> text, int characters)
        {
            var at = 0;
            for (; characters > 0 && at < text.Length; characters--)
            {
                at++;
                while (at < text.Length && (text[at] & 0xc0) == 0x80) at++;
            }
            return at;
        }

        private static ReadOnlySpan<byte> Cell(ref ReadOnlySpan<byte> text)
        {
            var end = text.IndexOf(Bar);
            var cell = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + Bar.Length)..];
            return cell.Trim((byte)' ');
        }

        private static bool Duration(ReadOnlySpan<byte> cell, out double nanoseconds)
        {
            nanoseconds = 0;
            var line = new FromStart(cell);
            if (!line.Number(out var value) || !line.Blanks() || !line.Unit(out var unit) || !line.AtEnd) return false;
            nanoseconds = value * unit;
            return true;
        }

        private static bool Rate(ReadOnlySpan<byte> cell, out double value, out string unit)
        {
            unit = "";
            var line = new FromStart(cell);
            if (!line.Number(out value) || !line.Blanks() || !line.Word(out var word) || !line.AtEnd || !word.EndsWith("/s"u8)) return false;
            unit = Encoding.UTF8.GetString(word);
            var scale = unit[0] switch { 'K' => 1e3, 'M' => 1e6, 'G' => 1e9, 'T' => 1e12, 'P' => 1e15, _ => 1 };
            if (scale > 1) unit = unit[1..];
            value *= scale;
            return true;
        }
    }
}
