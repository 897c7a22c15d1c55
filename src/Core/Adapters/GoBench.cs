using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What <c>go test -bench</c> prints, as text or as the events of <c>-json</c>.</summary>
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
/// Benchmarks by the package that they were found in. A name that several packages have gets the package before it.
/// </summary>
internal sealed class GoPackages(Results results, bool several)
{
    // Only where there is more than one package: each one's benchmarks, until it is known whose names need their
    // package.
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
            if (first.IsEmpty)
                first = package;
            else if (!first.SequenceEqual(package))
                return true;
        }
        return false;
    }

    /// <param name="package">Whose text this is; null where lines in it say so.</param>
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

    /// <summary>All benchmarks, under names that tell them apart.</summary>
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
