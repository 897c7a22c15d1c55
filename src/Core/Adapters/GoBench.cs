using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Reads the output of <c>go test -bench</c>, as text or as the events of <c>-json</c>.</summary>
internal static class GoBench
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has("/op"u8) && !output.Has("Benchmark"u8))
            return null;
        var text = output.Text;
        var isEvents = GoEvents.AreIn(text);
        var packages = new GoPackages(output.NewResults(), several: isEvents || GoPackages.AreIn(text));
        if (isEvents)
            GoEvents.Read(text, packages);
        else
            packages.Read(text, package: null);
        return output.Finish(packages.Named());
    }
}

/// <summary>
/// Groups benchmarks by their package. A name that occurs in several packages is prefixed with its package.
/// </summary>
internal sealed class GoPackages(Results results, bool several)
{
    // The benchmarks of each package, until it is known which names need their package. Null for a single package.
    private readonly OrderedDictionary<string, Results>? each = several ? [] : null;

    /// <summary>True when the text mentions more than one package.</summary>
    public static bool AreIn(ReadOnlySpan<byte> text)
    {
        var first = default(ReadOnlySpan<byte>);
        for (var at = text.IndexOf("pkg: "u8); at >= 0; at = text.IndexOf("pkg: "u8))
        {
            text = text[(at + 5)..];
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            var package = end < 0 ? text : text[..end];
            if (first.IsEmpty)
                first = package;
            else if (!first.SequenceEqual(package))
                return true;
        }
        return false;
    }

    /// <param name="package">The package of the text; null if lines of the text name it.</param>
    public void Read(ReadOnlySpan<byte> text, string? package)
    {
        var into = new GoText(Of(package));
        foreach (var line in new Lines(text))
        {
            if (package is null && line.StartsWith("pkg: "u8))
            {
                into.End();
                into = new(Of(Encoding.UTF8.GetString(line[5..])));
            }
            else
                into.Read(line);
        }
        into.End();
    }

    private Results Of(string? package)
    {
        if (each is null)
        {
            results.Package = package ?? results.Package;
            return results;
        }
        if (!each.TryGetValue(package ?? "", out var found))
            each.Add(package ?? "", found = new() { TakesAll = results.TakesAll });
        return found;
    }

    /// <summary>All benchmarks, with unique names.</summary>
    public Results Named()
    {
        if (each is null)
            return results;
        foreach (var (package, found) in each)
        {
            found.Package = package.Length > 0 ? package : null;
            results.Absorb(found, package.Length > 0 ? $"{package}." : "");
        }
        return results;
    }
}
