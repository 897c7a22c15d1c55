using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>The outcome of reading an output.</summary>
/// <param name="By">The adapter that read the output. For <see cref="Adapter.Magic"/>, the adapter that matched, or
/// magic itself if none did.</param>
/// <param name="Results">Null if nothing could be read.</param>
public readonly record struct Outcome(Adapter By, Results? Results);

/// <summary>Reads the output of a benchmark harness.</summary>
public static class Harness
{
    /// <summary>The results in an output; null if nothing could be read.</summary>
    /// <inheritdoc cref="Read(Adapter, ReadOnlySpan{byte}, ReadOptions)"/>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average) =>
        Read(adapter, utf8, average, out _);

    /// <inheritdoc cref="Read(Adapter, ReadOnlySpan{byte}, ReadOptions)"/>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average, out Adapter read)
    {
        (read, var results) = Read(adapter, utf8, average is null ? ReadOptions.Usual : new ReadOptions(average));
        return results;
    }

    /// <summary>
    /// Reads an output. A pattern must be named, because magic cannot detect it. Bytes that are not UTF-8 are not an
    /// error, nor is an output that no adapter can read.
    /// </summary>
    public static Outcome Read(Adapter adapter, ReadOnlySpan<byte> utf8, ReadOptions options)
    {
        adapter = Canonical(adapter);
        if (Compact.IsOne(utf8))
            return Compact.Read(utf8) ?? new(adapter, Results: null);
        var output = new Output(utf8, options);
        return adapter == Adapter.Magic
            ? Magic(ref output)
            : new(adapter, Formats.Of(adapter).Read(ref output, options.Average));
    }

    /// <summary>The adapter that is stored and reported. Adapters named after a language alone mean magic.</summary>
    public static Adapter Canonical(Adapter adapter) =>
        adapter
            is Adapter.Rust
                or Adapter.Cpp
                or Adapter.Go
                or Adapter.Java
                or Adapter.CSharp
                or Adapter.Js
                or Adapter.Python
                or Adapter.Ruby
                or Adapter.Shell
                or Adapter.Dart
            ? Adapter.Magic
            : adapter;

    // The first adapter in order that reads anything wins. Adapters whose sign is at the beginning of the output are
    // tried first; the others are tried only if none of these matched.
    private static Outcome Magic(ref Output output)
    {
        Span<bool> asked = stackalloc bool[Formats.InOrder.Count];
        for (var i = 0; i < asked.Length; i++)
            if (asked[i] = Formats.InOrder[i].MayBegin(ref output))
                if (Formats.InOrder[i].Read(ref output, output.Options.Average) is { } found)
                    return new(Formats.InOrder[i].Adapter, found);
        for (var i = 0; i < asked.Length; i++)
            if (!asked[i] && Formats.InOrder[i].Read(ref output, output.Options.Average) is { } found)
                return new(Formats.InOrder[i].Adapter, found);
        return new(Adapter.Magic, Results: null);
    }
}
