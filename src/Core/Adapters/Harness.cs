using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Reads what a benchmark harness printed.</summary>
public static class Harness
{
    // The order in which outputs are tried; the first that reads anything wins.
    private static readonly Adapter[] Order =
    [
        Adapter.Json, Adapter.CSharpDotNet, Adapter.CppCatch2, Adapter.CppGoogle, Adapter.DartBenchmarkHarness, Adapter.GoBench,
        Adapter.JavaJmh, Adapter.JsBenchmark, Adapter.JsTime, Adapter.JsVitest, Adapter.PythonAsv, Adapter.PythonPytest, Adapter.RubyBenchmark,
        Adapter.RustBench, Adapter.RustCriterion, Adapter.RustIai, Adapter.RustGungraun, Adapter.ShellHyperfine,
    ];

    /// <summary>The results in an output, or null when nothing could be read. Bytes that are not UTF-8 are no error.</summary>
    /// <param name="average">Which average to record, null for the usual one. A harness that does not print it yields null.</param>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average) => Read(adapter, utf8, average, out _);

    /// <param name="read">The adapter that read it: with <see cref="Adapter.Magic"/> the one that fitted, magic itself if none did.</param>
    /// <inheritdoc cref="Read(Adapter, ReadOnlySpan{byte}, Average?)"/>
    public static Results? Read(Adapter adapter, ReadOnlySpan<byte> utf8, Average? average, out Adapter read)
    {
        read = Canonical(adapter);
        var output = new Output(utf8);
        if (read != Adapter.Magic) return One(read, ref output, average);
        foreach (var candidate in Order)
        {
            if (One(candidate, ref output, average) is not { } results) continue;
            read = candidate;
            return results;
        }
        return null;
    }

    /// <summary>The adapter that is stored and reported: those named after a language alone mean magic.</summary>
    public static Adapter Canonical(Adapter adapter) => adapter is Adapter.Rust or Adapter.Cpp or Adapter.Go or Adapter.Java
        or Adapter.CSharp or Adapter.Js or Adapter.Python or Adapter.Ruby or Adapter.Shell or Adapter.Dart ? Adapter.Magic : adapter;

    private static Results? One(Adapter adapter, ref Output output, Average? average) => adapter switch
    {
        Adapter.Json => MetricFormat.Read(output.Utf8),
        Adapter.RustBench => RustBench.Read(ref output, average),
        Adapter.RustCriterion => RustCriterion.Read(ref output, average),
        Adapter.RustIai => RustIai.Read(ref output, average),
        Adapter.RustGungraun => RustGungraun.Read(ref output, average),
        Adapter.RustGungraunStdout => RustGungraun.ReadText(ref output, average),
        Adapter.RustGungraunJson => RustGungraun.ReadJson(ref output, average),
        Adapter.CppGoogle => CppGoogle.Read(ref output, average),
        Adapter.CppCatch2 => CppCatch2.Read(ref output, average),
        Adapter.GoBench => GoBench.Read(ref output, average),
        Adapter.JavaJmh => JavaJmh.Read(ref output, average),
        Adapter.CSharpDotNet => CSharpDotNet.Read(ref output, average),
        Adapter.JsBenchmark => JsBenchmark.Read(ref output, average),
        Adapter.JsTime => JsTime.Read(ref output, average),
        Adapter.JsVitest => JsVitest.Read(ref output, average),
        Adapter.PythonAsv => PythonAsv.Read(ref output, average),
        Adapter.PythonPytest => PythonPytest.Read(ref output, average),
        Adapter.RubyBenchmark => RubyBenchmark.Read(ref output, average),
        Adapter.ShellHyperfine => ShellHyperfine.Read(ref output, average),
        Adapter.DartBenchmarkHarness => DartBenchmarkHarness.Read(ref output, average),
        _ => throw new ArgumentOutOfRangeException(nameof(adapter)), // Magic and its aliases; see Canonical.
    };
}
