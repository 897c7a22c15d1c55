using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What divan prints: a tree of benchmarks whose branches are drawn, with columns to the right of it.</summary>
internal static class RustDivan
{
    private const int DepthMax = 64;
    private const int StepWidth = 3; // Of one level of the tree: "│  ", "├─ ".

    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("│ slowest"u8)) return null;
        var tree = new Tree(output.NewResults(), average);
        foreach (var line in new Lines(output.Text))
        {
            // Only a line with columns can be one, which spares decoding a log.
            if (line.IndexOf("│"u8) >= 0 || line.IndexOf("─ "u8) >= 0) tree.Read(Encoding.UTF8.GetString(line));
            else tree.End();
        }
        return tree.Results.OrNull();
    }

    private sealed class Tree(Results results, Average? average)
    {
        private readonly List<string> path = [];
        private int firstColumn = -1;
        private BenchmarkName? latest;

        public Results Results => results;

        public void End() => latest = null;

        public void Read(string line)
        {
            if (IsHeading(line)) return;
            if (firstColumn < 0) return;
            var start = line.AsSpan().IndexOfAny("├╰");
            if (start >= 0 && start % StepWidth == 0 && line.AsSpan(start + 1).StartsWith("─ ") && line.AsSpan(0, start).IndexOfAnyExcept("│ ") < 0) ReadEntry(line, start);
            else if (latest is not null) ReadMore(line);
        }

        // "name   fastest       │ slowest       │ median        │ mean          │ samples │ iters"
        private bool IsHeading(string line)
        {
            var column = line.IndexOf("fastest ", StringComparison.Ordinal);
            if (column <= 0 || !line.AsSpan(column).Contains("│ slowest", StringComparison.Ordinal)) return false;
            firstColumn = column;
            path.Clear();
            path.Add(line[..column].Trim());
            latest = null;
            return true;
        }

        private void ReadEntry(string line, int start)
        {
            var depth = start / StepWidth + 1;
            if (depth > path.Count || depth > DepthMax) return;
            path.RemoveRange(depth, path.Count - depth);
            var text = line.AsSpan(start + StepWidth);
            var nameLength = firstColumn - start - StepWidth;
            if (nameLength <= 0) return;
            path.Add((nameLength < text.Length ? text[..nameLength] : text).Trim().ToString());
            latest = null;
            var name = string.Join("::", path);
            var cells = nameLength < text.Length ? text[nameLength..].ToString().Split('│', StringSplitOptions.TrimEntries) : [];
            if (cells is ["(ignored)", ..]) results.LeaveOut(name, "it was ignored");
            if (cells.Length < 4 || !Duration(cells[0], out var fastest) || !Duration(cells[1], out var slowest)
                || !Duration(cells[2], out var median) || !Duration(cells[3], out var mean)) return;
            latest = Found.Name(name);
            results.Sample(latest, BuiltInMeasure.Latency, new(average == Average.Median ? median : mean, fastest, slowest));
        }

        // A rate of bytes or items, under the times that it was computed from; the fastest run has the highest.
        private void ReadMore(string line)
        {
            if (!results.TakesAll || line.Length <= firstColumn) return;
            var cells = line[firstColumn..].Split('│', StringSplitOptions.TrimEntries);
            if (cells.Length < 4 || !Rate(cells[0], out var highest, out var unit) || !Rate(cells[1], out var lowest, out _)) return;
            if (Rate(cells[average == Average.Median ? 2 : 3], out var value, out var same) && same == unit) results.SampleMore(latest, unit, unit, new(value, lowest, highest));
        }

        private static bool Duration(string cell, out double nanoseconds)
        {
            nanoseconds = 0;
            var line = new FromStart(Encoding.UTF8.GetBytes(cell));
            if (!line.Number(out var value) || !line.Blanks() || !line.Unit(out var unit) || !line.AtEnd) return false;
            nanoseconds = value * unit;
            return true;
        }

        private static bool Rate(string cell, out double value, out string unit)
        {
            unit = "";
            var line = new FromStart(Encoding.UTF8.GetBytes(cell));
            if (!line.Number(out value) || !line.Blanks() || !line.Word(out var word) || !line.AtEnd || !word.EndsWith("/s"u8)) return false;
            unit = Encoding.UTF8.GetString(word);
            var scale = unit[0] switch { 'K' => 1e3, 'M' => 1e6, 'G' => 1e9, 'T' => 1e12, 'P' => 1e15, _ => 1 };
            if (scale > 1) unit = unit[1..];
            value *= scale;
            return true;
        }
    }
}
