namespace Paddock.Core.Adapters;

/// <summary>Reads what a benchmark harness printed.</summary>
public static class Harness
{
    // The order in which outputs are tried; the first that reads anything wins.
    private static readonly Adapter[] Order = [Adapter.Json];

    /// <summary>The results in an output, or null when nothing could be read. Bytes that are not UTF-8 are no error in themselves.</summary>
    /// <param name="average">Which average to record; null takes the harness's usual one. Harnesses that do not print the one asked for yield null.</param>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average) => Read(adapter, utf8, average, out _);

    /// <param name="read">The adapter that read the output: with <see cref="Adapter.Magic"/> the one that fitted, and magic itself when none did.</param>
    /// <inheritdoc cref="Read(Adapter, ReadOnlySpan{byte}, Average?)"/>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average, out Adapter read)
    {
        read = Canonical(adapter);
        if (read != Adapter.Magic) return One(read, utf8, average);
        foreach (var candidate in Order)
        {
            if (One(candidate, utf8, average) is not { } results) continue;
            read = candidate;
            return results;
        }
        return null;
    }

    /// <summary>The adapter that is stored and reported: those named after a language alone mean magic.</summary>
    public static Adapter Canonical(Adapter adapter) => adapter is Adapter.Rust or Adapter.Cpp or Adapter.Go or Adapter.Java or Adapter.CSharp
        or Adapter.Js or Adapter.Python or Adapter.Ruby or Adapter.Shell or Adapter.Dart ? Adapter.Magic : adapter;

    private static Results? One(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average) => adapter switch
    {
        Adapter.Json => MetricFormat.Read(utf8),
        _ => null, // The others follow one by one.
    };
}
