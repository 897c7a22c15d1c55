using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>
/// The reports of one client: a few bodies built in advance, so that the load costs the machine little. Each report
/// gets its own commit.
/// </summary>
internal sealed class ReportBody
{
    public static readonly IReadOnlyList<string> Measures =
    [
        "latency",
        "throughput",
        "instructions",
        "file-size",
        "build-time",
        "l1-hits",
        "ram-hits",
    ];

    private const int Different = 8;
    private static readonly string NoCommit = new('0', 40);
    private readonly (byte[] Text, int HashAt)[] bodies;
    private readonly int client;
    private int sent;

    public ReportBody(int metrics, bool judged, int client)
    {
        this.client = client;
        bodies = [.. Enumerable.Range(0, Different).Select(n => Made(metrics, judged, seed: client * Different + n))];
    }

    /// <summary>The next report. The bytes belong to this object and are valid until the next call.</summary>
    public byte[] Next()
    {
        var (text, hashAt) = bodies[sent % Different];
        sent++;
        Utf8Formatter.TryFormat(((long)client << 32) + sent, text.AsSpan(hashAt + 24), out _, new('x', 16));
        return text;
    }

    /// <summary>One measure for each benchmark, or all seven if <paramref name="judged"/>.</summary>
    public static string Results(int metrics, bool judged, int seed)
    {
        var random = new Random(seed);
        var wide = judged ? Measures.Count : 1;
        return Run.Measured([
            .. Enumerable
                .Range(0, metrics)
                .Select(m =>
                    ($"bench_{m / wide}", Measures[m % wide], Math.Round(1000 + m + random.NextDouble() * 10, 3))
                ),
        ]);
    }

    private static (byte[], int) Made(int metrics, bool judged, int seed)
    {
        var body = new Run(Project: null, Results(metrics, judged, seed))
        {
            Hash = NoCommit,
            Settings = new { adapter = "json" },
        }.ToJson();
        var text = JsonSerializer.SerializeToUtf8Bytes(body, Plain);
        return (text, text.AsSpan().IndexOf(Encoding.ASCII.GetBytes(NoCommit)));
    }

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
