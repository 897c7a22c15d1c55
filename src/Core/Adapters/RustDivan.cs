using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of divan: a drawn tree of benchmarks with columns to its right. A name is printed before its
/// benchmark runs, and the times afterwards, so output of the benchmark stands in between.
/// </summary>
internal static class RustDivan
{
    private const int DepthMax = 64;
    private const int StepWidth = 3; // Of one level of the tree: "│  ", "├─ ".
    private const int ColumnsMin = 4;

    private static ReadOnlySpan<byte> Bar => "│"u8;

    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has("│ slowest"u8))
            return null;
        var tree = new Tree(output.NewResults(), average);
        foreach (var line in new Lines(output.Text))
            tree.Read(line);
        tree.End();
        return output.Finish(tree.Results);
    }

    private sealed class Tree(Results results, Average? average)
    {
        private readonly List<string> path = [];
        private int firstColumn = -1;
        private BenchmarkName? latest;

        // The benchmark whose times have not been read yet, and its depth. A group looks the same until a deeper entry
        // follows.
        private string? waiting;
        private int waitingDepth;

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
            if (width % StepWidth == 0 && (rest.StartsWith("├─ "u8) || rest.StartsWith("╰─ "u8)))
                ReadEntry(rest["├─ "u8.Length..], width);
            else if (waiting is not null)
                ReadWaited(line);
            else if (latest is not null)
                ReadMore(line);
        }

        /// <summary>Reports a benchmark that is still unfinished when the table or the text ends.</summary>
        public void End()
        {
            if (waiting is not null)
                results.LeaveOut(waiting, LeftOut.NoFigures);
            waiting = null;
        }

        // "name   fastest       │ slowest       │ median        │ mean          │ samples │ iters"
        private void ReadHeading(ReadOnlySpan<byte> line)
        {
            var column = line.IndexOf("fastest "u8);
            if (column <= 0 || line[column..].IndexOf("│ slowest"u8) < 0)
                return;
            End();
            firstColumn = Encoding.UTF8.GetCharCount(line[..column]);
            path.Clear();
            path.Add(Encoding.UTF8.GetString(line[..column]).Trim());
            latest = null;
        }

        private void ReadEntry(ReadOnlySpan<byte> text, int width)
        {
            var depth = width / StepWidth + 1;
            latest = null;
            if (depth > waitingDepth)
                waiting = null;
            End();
            if (depth > path.Count || depth > DepthMax)
                return;
            path.RemoveRange(depth, path.Count - depth);
            var nameLength = Lexing.Column(text, firstColumn - width - StepWidth);
            path.Add(Encoding.UTF8.GetString(text[..nameLength].Trim((byte)' ')));
            text = text[nameLength..];
            var name = string.Join("::", path);
            if (text.StartsWith("(ignored)"u8))
                results.LeaveOut(name, "it was ignored");
            else if (!ReadTimes(text, name) && !IsGroup(text))
                (waiting, waitingDepth) = (name, depth);
        }

        // Output of the benchmark, and finally its times, possibly with more output before them on the same line.
        private void ReadWaited(ReadOnlySpan<byte> line)
        {
            if (line.IndexOf(Bar) >= 0 && ReadTimes(line, waiting!))
                waiting = null;
        }

        private bool ReadTimes(ReadOnlySpan<byte> text, string name)
        {
            Span<double> times = stackalloc double[ColumnsMin];
            for (var i = 0; i < ColumnsMin; i++)
                if (!Duration(Cell(ref text), out times[i], isFirst: i == 0))
                    return false;
            latest = Found.Name(name);
            if (
                !results.Sample(
                    latest,
                    BuiltInMeasure.Latency,
                    new(times[average == Average.Median ? 2 : 3], times[0], times[1])
                )
            )
                results.LeaveOut(name, "its name or its time is too long");
            return true;
        }

        // The cells of a group are empty.
        private static bool IsGroup(ReadOnlySpan<byte> text) =>
            text.IndexOf(Bar) is >= 0 and var bar && text[..bar].Trim((byte)' ').IsEmpty;

        // A rate of bytes or items, below the times from which it was computed. The fastest run has the highest rate.
        private void ReadMore(ReadOnlySpan<byte> line)
        {
            if (!results.TakesAll)
                return;
            var text = line[Lexing.Column(line, firstColumn)..];
            Span<double> rates = stackalloc double[ColumnsMin];
            string? unit = null;
            for (var i = 0; i < ColumnsMin; i++)
            {
                if (!Rate(Cell(ref text), out rates[i], out var word) || unit is not null && word != unit)
                    return;
                unit = word;
            }
            results.SampleMore(latest, unit!, unit, new(rates[average == Average.Median ? 2 : 3], rates[1], rates[0]));
        }

        private static ReadOnlySpan<byte> Cell(ref ReadOnlySpan<byte> text)
        {
            var end = text.IndexOf(Bar);
            var cell = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + Bar.Length)..];
            return cell.Trim((byte)' ');
        }

        private static bool Duration(ReadOnlySpan<byte> cell, out double nanoseconds, bool isFirst)
        {
            var line = new FromEnd(cell);
            return line.Duration(out nanoseconds) && (isFirst || line.Rest.IsEmpty);
        }

        private static bool Rate(ReadOnlySpan<byte> cell, out double value, out string unit)
        {
            unit = "";
            var line = new FromStart(cell);
            if (
                !line.Number(out value)
                || !line.Blanks()
                || !line.Word(out var word)
                || !line.AtEnd
                || Rates.Rate(Encoding.UTF8.GetString(word)) is not var (bare, scale)
            )
                return false;
            (unit, value) = (bare, value * scale);
            return true;
        }
    }
}
