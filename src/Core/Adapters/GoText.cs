using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the lines that <c>go test -bench</c> prints for one package. Go prints the name of a benchmark before it runs
/// and its figures afterwards, so output of the benchmark itself stands in between.
/// </summary>
internal sealed class GoText(Results results)
{
    // The benchmark whose figures have not been read yet.
    private string? waiting;

    // False for a name alone on its line: with -v, Go also prints such lines without figures to follow.
    private bool isWaitingForSure;

    public void Read(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        if (
            line.Word(out var name)
            && line.Blanks()
            && line.Int(out _)
            && line.Blanks()
            && GoFigures.Read(line, out var figures, IsLikeOne(name))
        )
        {
            // A word that is not a benchmark's name is the end of the output of the benchmark before.
            if (waiting is not null && !IsLikeOne(name))
                Take(figures, Encoding.UTF8.GetBytes(waiting));
            else
                Take(figures, name);
        }
        else if (IsBenchmark(name))
            ReadName(name, text[name.Length..]);
        else if (waiting is not null && GoFigures.AtEnd(text, out figures))
            Take(figures, Encoding.UTF8.GetBytes(waiting));
        else if (text.IndexOf("--- "u8) is >= 0 and var dashes)
            ReadFailure(text[dashes..]);
        else if (
            text.Length > 0
            && Lexing.IsBlank(text[0])
            && text.IndexOf("ns/op"u8) > 0
            && GoFigures.AtEnd(text, out _)
        )
            results.LeaveOut(Encoding.UTF8.GetString(text).Trim(), "no name is in front of it");
    }

    /// <summary>Reports a benchmark that is still unfinished when the text ends.</summary>
    public void End() => Wait(next: null, isForSure: false);

    // A looser rule than Go's, for other tools that print in this form.
    private static bool IsLikeOne(ReadOnlySpan<byte> name) =>
        name.StartsWith("Benchmark"u8) && name.Length > "Benchmark".Length;

    private static bool IsBenchmark(ReadOnlySpan<byte> name) =>
        name.StartsWith("Benchmark"u8)
        && name.Length > 9
        && name[9] is not (>= (byte)'a' and <= (byte)'z' or (byte)':' or (byte)',');

    // A name that is followed by other text than its figures, or by nothing.
    private void ReadName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest)
    {
        if (GoFigures.AtEnd(rest, out var figures))
        {
            Take(figures, name);
            return;
        }
        Wait(Encoding.UTF8.GetString(name), isForSure: !rest.IsEmpty || HasProcessors(name));
        if (rest.IndexOf("--- "u8) is >= 0 and var dashes)
            ReadFailure(rest[dashes..]);
    }

    private static bool HasProcessors(ReadOnlySpan<byte> name) =>
        name.LastIndexOf((byte)'-') is > 0 and var dash
        && dash < name.Length - 1
        && name[(dash + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private void Wait(string? next, bool isForSure)
    {
        if (waiting is not null && waiting != next && isWaitingForSure)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        (waiting, isWaitingForSure) = (next, isForSure);
    }

    private void Take(scoped GoFigures figures, scoped ReadOnlySpan<byte> name)
    {
        if (waiting is not null)
            Wait(next: Encoding.UTF8.GetString(name), isForSure: false);
        waiting = null;
        figures.AddTo(results, name);
    }

    // "--- FAIL: BenchmarkX", "--- SKIP: BenchmarkX".
    private void ReadFailure(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        line.Text("--- "u8);
        var why =
            line.Text("FAIL: "u8) ? "it failed"
            : line.Text("SKIP: "u8) ? "it was skipped"
            : null;
        if (why is null || !line.Rest.StartsWith("Benchmark"u8) || !line.Word(out var word))
            return;
        var name = Encoding.UTF8.GetString(word);
        if (waiting == name)
            waiting = null;
        results.LeaveOut(name, why);
    }
}

/// <summary>The figures of one benchmark: pairs of a number and a unit. The first is usually the time.</summary>
internal readonly ref struct GoFigures
{
    private const string OwnUnitsOnly = "it has no ns/op; its own units are recorded with all measures";

    private double Nanoseconds { get; init; }

    // The reason why there is no time; null if there is one.
    private string? Trouble { get; init; }

    // The text of all figures, for when all measures are asked for.
    private ReadOnlySpan<byte> All { get; init; }

    /// <summary>Reads the text between the number of iterations and the end of the line.</summary>
    /// <param name="isSure">True when the line is known to be a benchmark's, and so is a result even without a
    /// time.</param>
    public static bool Read(FromStart line, out GoFigures figures, bool isSure)
    {
        figures = default;
        var text = line.Rest;
        if (
            line.Number(out var value)
            && line.Blanks()
            && line.Unit(out var unit)
            && line.Text("/op"u8)
            && (line.AtEnd || line.Blanks() && line.Number(out _) && (line.AtEnd || line.Blanks()))
        )
        {
            figures = new() { Nanoseconds = value * unit, All = line.AtEnd ? default : text };
            return true;
        }
        return isSure && ReadOthers(text, out figures);
    }

    /// <summary>Finds figures at the end of a line that begins with other text or with blanks.</summary>
    public static bool AtEnd(ReadOnlySpan<byte> text, out GoFigures figures)
    {
        figures = default;
        var isFirst = true;
        for (var at = 0; at < text.Length; )
        {
            var line = new FromStart(text[at..]);
            line.BlanksIfAny();
            if (line.Int(out _) && line.Blanks() && Read(line, out figures, isSure: isFirst))
                return true;
            isFirst = false;
            while (at < text.Length && Lexing.IsBlank(text[at]))
                at++;
            while (at < text.Length && !Lexing.IsBlank(text[at]))
                at++;
        }
        return false;
    }

    // Pairs that do not start with a time, or that contain a value that is not a number.
    private static bool ReadOthers(ReadOnlySpan<byte> text, out GoFigures figures)
    {
        figures = default;
        var rest = new FromStart(text);
        var trouble = OwnUnitsOnly;
        double? time = null;
        var count = 0;
        for (; !rest.AtEnd; rest.BlanksIfAny(), count++)
        {
            if (!rest.Word(out var number) || !rest.Blanks() || !rest.Word(out var unit) || !IsUnit(unit))
                return count > 0 && Made(text, time, trouble, out figures);
            var isTime = TimeUnit(unit) is not null;
            if (!Number(number, out var value))
            {
                if (!IsNoNumber(number))
                    return count > 0 && Made(text, time, trouble, out figures);
                if (isTime)
                    trouble = $"{Encoding.UTF8.GetString(number)} {Encoding.UTF8.GetString(unit)} is not a time";
            }
            else if (isTime && value < 0)
                trouble = $"{Encoding.UTF8.GetString(number)} {Encoding.UTF8.GetString(unit)} is not a time";
            else if (isTime)
                time = value * TimeUnit(unit);
        }
        return count > 0 && Made(text, time, trouble, out figures);
    }

    private static bool Made(ReadOnlySpan<byte> text, double? time, string trouble, out GoFigures figures)
    {
        figures = new()
        {
            Nanoseconds = time ?? 0,
            Trouble = time is null ? trouble : null,
            All = text,
        };
        return true;
    }

    public void AddTo(Results results, ReadOnlySpan<byte> utf8)
    {
        if (Found.Name(utf8) is not { } name)
        {
            results.LeaveOut(Encoding.UTF8.GetString(utf8), "its name is too long");
            return;
        }
        var isTimed = Trouble is null && results.Sample(name, BuiltInMeasure.Latency, new(Nanoseconds));
        var isMore = results.TakesAll && !All.IsEmpty && AddMore(results, name);
        if (!isTimed && (!isMore || Trouble != OwnUnitsOnly))
            results.LeaveOut(name.Value, Trouble ?? "its time is too large");
    }

    // A figure has no name in Go except its unit.
    private bool AddMore(Results results, BenchmarkName name)
    {
        var any = false;
        var line = new FromStart(All);
        for (; line.Word(out var number) && line.Blanks() && line.Word(out var word); line.Blanks())
        {
            if (TimeUnit(word) is not null)
                continue;
            var unit = Encoding.UTF8.GetString(word);
            if (!Number(number, out var value))
            {
                if (IsNoNumber(number))
                    results.LeaveOut($"{name} {unit}", $"{Encoding.UTF8.GetString(number)} is not a number");
                continue;
            }
            if (!IsUnit(word))
                break;
            results.SampleMore(name, unit, unit, new(value));
            any = true;
        }
        return any;
    }

    private static double? TimeUnit(ReadOnlySpan<byte> unit) =>
        unit.EndsWith("/op"u8) && Lexing.UnitAtStart(unit, out var nanoseconds) == unit.Length - 3 ? nanoseconds : null;

    // Excludes the columns of a comparison: -4.40%, ~, (p=0.1), another number.
    private static bool IsUnit(ReadOnlySpan<byte> word) =>
        !word.IsEmpty
        && word[0] is not ((byte)'+' or (byte)'-' or (byte)'~' or (byte)'(' or >= (byte)'0' and <= (byte)'9');

    private static bool IsNoNumber(ReadOnlySpan<byte> word) =>
        word.TrimStart("+-"u8) is var bare && (bare.SequenceEqual("NaN"u8) || bare.SequenceEqual("Inf"u8));

    private static bool Number(ReadOnlySpan<byte> word, out double value)
    {
        var isNegative = word is [(byte)'-', ..];
        var found = Lexing.Number(isNegative ? word[1..] : word, out value);
        if (isNegative)
            value = -value;
        return found;
    }
}
