using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of airspeed velocity (asv): a line for each benchmark, followed by a table if the benchmark has
/// parameters. All of this is printed for each environment, and by <c>asv continuous</c> for each of two commits.
/// </summary>
internal static class PythonAsv
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Mean || !output.Has("%]"u8))
            return null;
        var runs = new AsvRuns(output.NewResults());
        var into = runs.Current;
        AsvTable? table = null;
        foreach (var text in new Lines(output.Text))
        {
            if (table is not null && table.Read(text, into))
                continue;
            table = null;
            if (!IsStep(text, out var rest))
                runs.ReadComparison(text);
            else if (runs.ReadHeading(rest))
                into = runs.Current;
            else if (IsEntry(rest, out var name, out var value))
                ReadValue(runs.Whole(name), value, into, ref table);
        }
        return output.Finish(runs.Named());
    }

    // "[ 50.00%] ··· ", with hyphens instead of dots on a console that is not UTF-8.
    private static bool IsStep(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest)
    {
        var line = new FromStart(text);
        var found =
            line.Byte('[')
            && line.BlanksIfAny()
            && line.Number(out _)
            && line.Text("%]"u8)
            && line.Blanks()
            && Dots(ref line)
            && line.Blanks();
        rest = line.Rest;
        return found;
    }

    private static bool IsEntry(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var line = new FromStart(text);
        var found = line.Word(out name) && line.Blanks();
        value = line.Rest;
        return found;
    }

    private static void ReadValue(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value,
        Results results,
        ref AsvTable? table
    )
    {
        if (name.SequenceEqual("Running"u8))
            return;
        if (value.SequenceEqual("ok"u8) || IsPartlyFailed(value))
            table = new(Encoding.UTF8.GetString(name));
        else
            AsvValue.AddTo(results, Found.Name(name), value);
    }

    private static bool IsPartlyFailed(ReadOnlySpan<byte> value)
    {
        var rest = new FromStart(value);
        return rest.Int(out _) && rest.Byte('/') && rest.Int(out _) && rest.Text(" failed"u8) && rest.AtEnd;
    }

    private static bool Dots(ref FromStart line)
    {
        var any = line.Run('-');
        while (line.Text("·"u8))
            any = true;
        return any;
    }
}

/// <summary>
/// The results of each commit in each environment. Only one commit is recorded. If there are several environments, each
/// benchmark is named after its environment: "time_keys [virtualenv-py3.12]". Environments without a common benchmark
/// need no such suffix.
/// </summary>
internal sealed class AsvRuns
{
    private readonly Results results;

    // The results under each pair of headings. Empty if the output has no headings.
    private readonly OrderedDictionary<(string Commit, string Environment), Results> each = [];
    private string commit = "",
        environment = "";

    // With several rounds, the order of the commits changes from round to round. The last round begins with the commit
    // that the user asks about.
    private string lastRound = "";
    private string? firstOfRound;
    private string? after;

    // True when asv announces several environments at its start.
    private bool isOfSeveral;

    // The full names of the benchmarks, from the lines that announce that they run.
    private readonly List<string> started = [];

    public AsvRuns(Results results) => Current = this.results = results;

    /// <summary>The results to which lines under the latest headings are added.</summary>
    public Results Current { get; private set; }

    /// <summary>Reads "For PROJECT commit HASH &lt;NAME&gt; (round 1/2):" and "Benchmarking ENVIRONMENT".</summary>
    public bool ReadHeading(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        if (line.Text("For "u8) && line.Rest.IndexOf(" commit "u8) is >= 0 and var at)
        {
            var words = Encoding.UTF8.GetString(line.Rest[(at + " commit ".Length)..]).TrimEnd(':').Split(" (round ");
            commit = words[0].Split(' ')[0];
            if (firstOfRound is null || words.Length > 1 && words[1] != lastRound)
                firstOfRound = commit;
            lastRound = words.Length > 1 ? words[1] : "";
        }
        else if (text.StartsWith("Running ("u8) && text.IndexOf("--)"u8) is > 9 and var end)
        {
            started.Add(Encoding.UTF8.GetString(text[9..end]));
            return false;
        }
        else if (text.StartsWith("Benchmarking "u8))
            environment = Encoding.UTF8.GetString(text["Benchmarking ".Length..]).Trim();
        else
            return false;
        if (!each.TryGetValue((commit, environment), out var found))
            each.Add((commit, environment), found = new() { TakesAll = results.TakesAll });
        Current = found;
        return true;
    }

    /// <summary>
    /// The full name for a name that asv truncated at its start to fit the console, if the full name is known.
    /// </summary>
    public ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> name)
    {
        if (!name.StartsWith("..."u8))
            return name;
        var end = Encoding.UTF8.GetString(name[3..]);
        return started.Distinct().Where(one => one.EndsWith(end, StringComparison.Ordinal)).ToList() is [var only]
            ? Encoding.UTF8.GetBytes(only)
            : name;
    }

    /// <summary>
    /// Reads which of two commits is the later one: "[b28cf5aa] [0d3c6d21]", or in a table "| Before [b28cf5aa] | After
    /// [0d3c6d21] |".
    /// </summary>
    public void ReadComparison(ReadOnlySpan<byte> text)
    {
        if (each.Count == 0)
        {
            isOfSeveral |= text.IndexOf(" environments * "u8) is > 0 and var count && !text[..count].EndsWith(" 1"u8);
            return;
        }
        if (text.IndexOf((byte)'[') < 0)
            return;
        var line = Encoding.UTF8.GetString(text);
        var column = line.IndexOf("After [", StringComparison.Ordinal);
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (column >= 0)
            after = line[(column + "After [".Length)..].Split(']')[0];
        else if (words is [['[', .., ']'], ['[', .., ']']])
            after = words[1][1..^1];
    }

    /// <summary>All benchmarks of the recorded commit, with names that tell environments apart.</summary>
    public Results Named()
    {
        var measured = each.Where(run => run.Value.Benchmarks.Count > 0 || run.Value.LeftOutCount > 0).ToList();
        var commits = measured.Select(run => run.Key.Commit).Distinct().ToList();
        var counts = commits.Find(one =>
            after is not null
            && (one.StartsWith(after, StringComparison.Ordinal) || after.StartsWith(one, StringComparison.Ordinal))
        ) ?? (commits.Contains(firstOfRound ?? "") ? firstOfRound ?? "" : commits.FirstOrDefault());
        var environments = measured.Where(run => run.Key.Commit == counts).Select(run => NamesIn(run.Value)).ToList();
        var isSeveral =
            environments.Count == 1
                ? isOfSeveral
                : environments.SelectMany(names => names).Distinct().Count() < environments.Sum(names => names.Count);
        foreach (var ((ofCommit, ofEnvironment), found) in measured)
        {
            if (ofCommit == counts)
                Add(found, isSeveral && ofEnvironment.Length > 0 ? $" [{ofEnvironment}]" : "");
            else
                results.LeaveOut($"commit {ofCommit}", $"the results of commit {counts} are recorded");
        }
        return results;
    }

    private static HashSet<string> NamesIn(Results found) =>
        [.. found.Benchmarks.Select(b => b.Name.Value), .. found.LeftOut.Select(one => one.What)];

    private void Add(Results found, string suffix)
    {
        foreach (var one in found.LeftOut)
            results.LeaveOut(one.What + suffix, one.Why);
        results.SetUnits(found);
        foreach (var benchmark in found.Benchmarks)
        {
            var name = Found.Name(benchmark.Name.Value + suffix);
            if (name is null)
                results.LeaveOut(benchmark.Name.Value, "with its environment the name is too long");
            else
                foreach (var (measure, metric) in benchmark.Metrics)
                    results.Sample(name, measure, metric);
        }
    }
}

/// <summary>One figure as printed by asv: a time with its margin, a size, or a number without a unit.</summary>
internal static class AsvValue
{
    /// <summary>Adds a figure, or reports why there is none, as for "failed". Any other text is ignored.</summary>
    public static void AddTo(Results results, BenchmarkName? name, ReadOnlySpan<byte> text)
    {
        if (name is null)
            return;
        var line = new FromStart(text);
        if (!line.Number(out var value))
        {
            if (ReasonOf(text) is { } reason)
                results.LeaveOut(name.Value, reason);
            return;
        }
        double? margin = null;
        if (line.Text("±"u8) || line.Byte('~'))
        {
            if (!line.Number(out var given))
                return;
            margin = given;
        }
        if (TimeIn(line.Rest) is { } unit)
        {
            if (
                !results.Sample(
                    name,
                    BuiltInMeasure.Latency,
                    margin is { } m ? Metric.Around(value * unit, m * unit) : new(value * unit)
                )
            )
                results.LeaveOut(name.Value, "its time is too large");
        }
        else if (SizeOf(line.Rest) is { } scale)
        {
            if (results.TakesAll)
                results.SampleMore(
                    name,
                    KindOf(name.Value),
                    IsMemory(name.Value) ? "bytes (B)" : null,
                    margin is { } by ? Metric.Around(value * scale, by * scale) : new(value * scale)
                );
            else
                results.LeaveOut(
                    name.Value,
                    $"{Encoding.UTF8.GetString(text)} is not a time; it is recorded with all measures"
                );
        }
        else if (line.Rest.IndexOf((byte)' ') < 0)
            results.LeaveOut(name.Value, $"{Encoding.UTF8.GetString(text)} has no unit of time");
    }

    private static string? ReasonOf(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text) switch
        {
            "failed" => "it failed",
            "skipped" or "n/a" => "it was skipped",
            "timeout" or "timed out" => "it took too long",
            "nan" => "its value is not a number",
            _ => null,
        };

    private static double? TimeIn(ReadOnlySpan<byte> suffix) =>
        suffix switch
        {
            [(byte)'m'] => 60e9,
            [(byte)'h'] => 3600e9,
            [(byte)'d'] => 86400e9,
            [(byte)'w'] => 7 * 86400e9,
            _ => Lexing.UnitAtStart(suffix, out var unit) is > 0 and var length && length == suffix.Length
                ? unit
                : null,
        };

    private static double? SizeOf(ReadOnlySpan<byte> suffix) =>
        suffix switch
        {
            [] => 1,
            [(byte)'k'] => 1e3,
            [(byte)'M'] => 1e6,
            [(byte)'G'] => 1e9,
            [(byte)'T'] => 1e12,
            _ => null,
        };

    private static bool IsMemory(string name) => KindOf(name) is "mem" or "peakmem";

    // asv derives the kind of a benchmark from the prefix of its function's name.
    private static string KindOf(string name)
    {
        var bare = name.AsSpan(0, name.IndexOf('(', StringComparison.Ordinal) is >= 0 and var end ? end : name.Length);
        var function = bare[(bare.LastIndexOf('.') + 1)..];
        return function.StartsWith("peakmem", StringComparison.Ordinal) ? "peakmem"
            : function.StartsWith("mem", StringComparison.Ordinal) ? "mem"
            : "track";
    }
}
