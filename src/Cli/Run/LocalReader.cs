using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Cli.Run;

/// <summary>
/// Reads outputs before they are sent, as the server will. Errors are then reported at once, the results of a failed
/// command are known, and an output that is too large can be sent as its results.
/// </summary>
/// <param name="options">Null when only the project's settings tell how outputs are read.</param>
internal sealed class LocalReader(Adapter adapter, ReadOptions? options)
{
    public Outcome Read(byte[] output) =>
        options is null ? new(adapter, Results: null) : Harness.Read(adapter, output, options);

    /// <summary>The number of benchmarks for which an output has results.</summary>
    public int Count(byte[] output) => Read(output).Results is { } results ? MeasuredOf(results) : 0;

    public static int MeasuredOf(Results results) => results.Benchmarks.Count(benchmark => benchmark.Metrics.Count > 0);

    /// <summary>
    /// The output as UTF-8 for sending. Windows PowerShell writes files in UTF-16. A single invalid byte should not
    /// cost the rest.
    /// </summary>
    public static byte[] Clean(byte[] bytes)
    {
        var encoding = bytes switch
        {
            [0xff, 0xfe, 0, 0, ..] => Encoding.UTF32,
            [0xff, 0xfe, ..] => Encoding.Unicode,
            [0xfe, 0xff, ..] => Encoding.BigEndianUnicode,
            _ => Encoding.UTF8,
        };
        if (encoding is not UTF8Encoding)
            return Encoding.UTF8.GetBytes(encoding.GetString(bytes.AsSpan(encoding.Preamble.Length)));
        return System.Text.Unicode.Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));
    }
}
