using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Cli.Run;

/// <summary>
/// Reads outputs as the server will, before they are sent: what cannot be recorded is then said at once, what a failed
/// command measured is known, and what is too large can be sent as what was read of it.
/// </summary>
/// <param name="options">Null where the project has to say how outputs are read.</param>
internal sealed class LocalReader(Adapter adapter, ReadOptions? options)
{
    public Outcome Read(byte[] output) =>
        options is null ? new(adapter, Results: null) : Harness.Read(adapter, output, options);

    /// <summary>How many benchmarks an output has results of.</summary>
    public int Count(byte[] output) => Read(output).Results is { } results ? MeasuredOf(results) : 0;

    public static int MeasuredOf(Results results) => results.Benchmarks.Count(benchmark => benchmark.Metrics.Count > 0);

    /// <summary>
    /// Output as it is sent, in UTF-8. What Windows' PowerShell writes to a file is UTF-16; one odd byte should not
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
