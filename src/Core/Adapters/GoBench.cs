using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What <c>go test -bench</c> prints, as text or as the events of <c>-json</c>.</summary>
internal static class GoBench
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has("/op"u8)) return null;
        var text = output.Text;
        var isEvents = GoEvents.AreIn(text);
        var packages = new GoPackages(output.NewResults(), several: isEvents || GoPackages.AreIn(text));
        if (isEvents) GoEvents.Read(text, packages);
        else packages.Read(text, package: null);
        return packages.Named().OrNull();
    }
}

/// <summary>Benchmarks by the package that they were found in. A name that several packages have gets the package before it.</summary>
internal sealed class GoPackages(Results results, bool several)
{
    // Only where there is more than one package: each one's benchmarks, until it is known whose names need their package.
    private readonly OrderedDictionary<string, Results>? each = several ? [] : null;

    /// <summary>Whether a text speaks of more than one package.</summary>
    public static bool AreIn(ReadOnlySpan<byte> text)
    {
        var first = default(ReadOnlySpan<byte>);
        for (var at = text.IndexOf("pkg: "u8); at >= 0; at = text.IndexOf("pkg: "u8))
        {
            text = text[(at + 5)..];
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            var package = end < 0 ? text : text[..end];
            if (first.IsEmpty) first = package;
            else if (!first.SequenceEqual(package)) return true;
        }
        return false;
    }

    /// <param name="package">Whose text this is; null where lines in it say so.</param>
    public void Read(ReadOnlySpan<byte> text, string? package)
    {
        var into = Of(package);
        foreach (var line in new Lines(text))
        {
            if (package is null && line.StartsWith("pkg: "u8)) into = Of(Encoding.UTF8.GetString(line[5..]));
            else if (!GoLine.Read(line, into)) GoLine.ReadOther(line, into);
        }
    }

    private Results Of(string? package)
    {
        if (each is null)
        {
            results.Package = package ?? results.Package;
            return results;
        }
        if (!each.TryGetValue(package ?? "", out var found)) each.Add(package ?? "", found = new() { TakesAll = results.TakesAll });
        return found;
    }

    /// <summary>All benchmarks, under names that tell them apart.</summary>
    public Results Named()
    {
        if (each is null) return results;
        foreach (var (package, found) in each)
        {
            found.Package = package.Length > 0 ? package : null;
            results.Absorb(found, package.Length > 0 ? $"{package}." : "");
        }
        return results;
    }
}

/// <summary>One line of <c>go test -bench</c>.</summary>
internal static class GoLine
{
    public static bool Read(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromStart(text);
        if (!line.Word(out var name) || !line.Blanks() || !line.Int(out _) || !line.Blanks()) return false;
        var figures = line;
        if (!line.Number(out var value) || !line.Blanks() || !line.Unit(out var nanoseconds) || !line.Text("/op"u8)
            || !(line.AtEnd || line.Blanks() && line.Number(out _) && line.Blanks()))
            return results.TakesAll && name.StartsWith("Benchmark"u8) && ReadFigures(figures, name, results);
        if (!results.Sample(name, BuiltInMeasure.Latency, new(value * nanoseconds))) return false;
        if (results.TakesAll) ReadFigures(figures, name, results);
        return true;
    }

    // Pairs of a number and a unit; Go's own unit is the only name that a figure has.
    private static bool ReadFigures(FromStart line, ReadOnlySpan<byte> name, Results results)
    {
        var any = false;
        for (var valid = Found.Name(name); line.Number(out var value) && line.Blanks() && line.Word(out var word); line.Blanks())
        {
            var unit = Encoding.UTF8.GetString(word);
            if (unit.EndsWith("/op", StringComparison.Ordinal) && Lexing.Unit(unit[..^3]) is not null) continue;
            results.SampleMore(valid, unit, unit, new(value));
            any = true;
        }
        return any;
    }

    /// <summary>Notes a benchmark that failed or was skipped.</summary>
    public static void ReadOther(ReadOnlySpan<byte> text, Results results)
    {
        if (text.IndexOf("--- "u8) < 0) return;
        var line = new FromStart(text);
        line.BlanksIfAny();
        if (!line.Text("--- "u8)) return;
        var why = line.Text("FAIL: "u8) ? "it failed" : line.Text("SKIP: "u8) ? "it was skipped" : null;
        if (why is not null && line.Rest.StartsWith("Benchmark"u8) && line.Word(out var name)) results.LeaveOut(Encoding.UTF8.GetString(name), why);
    }
}
