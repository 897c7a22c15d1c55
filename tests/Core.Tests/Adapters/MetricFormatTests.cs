using System.Buffers;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Tests.Adapters;

public class MetricFormatTests
{
    private static string Read(string output) => Seen.In(Adapter.Json, output);

    [Theory]
    [InlineData("{}", "")]
    [InlineData(""" {"a":{}} """, "a:")]
    [InlineData("""{"a":{"latency":{"value":1}}}""", "a: latency 1")]
    [InlineData(
        """{"a":{"latency":{"value":1,"lower_value":5,"upper_value":null,"more":[{}]}}}""",
        "a: latency 1 [5, none]"
    )]
    [InlineData("""{"a":{"m":{"upper_value":-1.5e3,"value":1}}}""", "a: m 1 [none, -1500]")]
    [InlineData(
        """{"a":{"m":{"value":1},"n":{"value":2}},"b":{"m":{"value":3}},"a":{"n":{"value":4}}}""",
        "a: n 4; b: m 3"
    )]
    [InlineData("""{"a":{"m":{"value":1},"m":{"value":2}}}""", "a: m 2")]
    [InlineData("""{"\u0061":{"m":{"v\u0061lue":1}}}""", "a: m 1")]
    public void A_document_maps_benchmarks_to_measures_and_values(string output, string seen) =>
        Assert.Equal(seen, Read(output));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"a":[]}""")]
    [InlineData("""{"a":{"m":5}}""")]
    [InlineData("""{"a":{"m":{}}}""")]
    [InlineData("""{"a":{"m":{"value":null}}}""")]
    [InlineData("""{"a":{"m":{"value":"1"}}}""")]
    [InlineData("""{"a":{"m":{"value":1e999}}}""")]
    [InlineData("""{"a":{"m":{"value":1,"value":1}}}""")]
    [InlineData("""{"a":{"m":{"value":1,"lower_value":null,"lower_value":1}}}""")]
    [InlineData("""{"a":{"m":{"value":1,"upper_value":"1"}}}""")]
    [InlineData("""{"":{"m":{"value":1}}}""")]
    [InlineData("""{"a":{" m":{"value":1}}}""")]
    [InlineData("""{"a":{"m":{"value":1}}} x""")]
    [InlineData("""{"a":{"m":{"value":1}}""")]
    [InlineData("""{"\ud800":{"m":{"value":1}}}""")]
    public void An_invalid_document_yields_nothing(string output) => Assert.Equal(Seen.Nothing, Read(output));

    [Theory]
    [InlineData("abc-1", NameIdKind.Slug, "abc-1")]
    [InlineData("Abc", NameIdKind.Name, "Abc")]
    [InlineData("0195E5A2-7C1F-7000-8000-000000000001", NameIdKind.Uuid, "0195e5a2-7c1f-7000-8000-000000000001")]
    [InlineData("0195e5a27c1f70008000000000000001", NameIdKind.Uuid, "0195e5a2-7c1f-7000-8000-000000000001")]
    [InlineData("{0195e5a2-7c1f-7000-8000-000000000001}", NameIdKind.Uuid, "0195e5a2-7c1f-7000-8000-000000000001")]
    [InlineData(
        "urn:uuid:0195e5a2-7c1f-7000-8000-000000000001",
        NameIdKind.Uuid,
        "0195e5a2-7c1f-7000-8000-000000000001"
    )]
    public void Keys_are_UUIDs_slugs_or_names(string key, NameIdKind kind, string value)
    {
        var results = Harness.Read(
            Adapter.Json,
            Encoding.UTF8.GetBytes($$"""{"{{key}}":{"{{key}}":{"value":1} } }"""),
            average: null
        );
        var benchmark = Assert.Single(results!.Benchmarks);
        var (measure, _) = Assert.Single(benchmark.Metrics);
        Assert.Equal((kind, value), (benchmark.Name.Kind, benchmark.Name.Value));
        Assert.Equal((kind, value), (measure.Kind, measure.Value));
        Assert.Equal(kind == NameIdKind.Uuid ? Guid.Parse(value) : default, measure.Uuid);
    }

    [Theory]
    [InlineData(1024, 64, true)]
    [InlineData(1025, 64, false)]
    [InlineData(1024, 65, false)]
    public void A_benchmark_key_has_at_most_1024_bytes_and_a_measure_key_at_most_64(
        int benchmark,
        int measure,
        bool read
    ) =>
        Assert.Equal(
            read,
            Read($$"""{"{{new string('B', benchmark)}}":{"{{new string('M', measure)}}":{"value":1} } }""")
                != Seen.Nothing
        );

    [Fact]
    public void A_slug_and_a_name_with_the_same_text_are_two_benchmarks()
    {
        var results = new Results();
        results.Benchmark(NameId<BenchmarkName>.OfSlug(Text.Parse<Slug>("a")));
        results.Benchmark(NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>("a")));
        Assert.Equal(2, results.Benchmarks.Count);
    }

    [Fact]
    public void Each_of_500_measures_of_a_benchmark_keeps_its_last_value()
    {
        var one = string.Join(
            ',',
            Enumerable
                .Range(0, 1000)
                .Select(i =>
                    $$"""
                        "M{{i % 500}}":{"value":{{i}}}
                        """
                )
        );
        var benchmark = Assert.Single(
            Harness.Read(Adapter.Json, Encoding.UTF8.GetBytes($$"""{ "a": { {{one}} } }"""), average: null)!.Benchmarks
        );
        Assert.Equal(Enumerable.Range(500, 500).Select(i => (double)i), benchmark.Metrics.Select(m => m.Metric.Value));
    }

    [Fact]
    public void Many_benchmarks_keep_their_order()
    {
        var names = Enumerable.Range(0, 10_000).Select(i => $"B{i * 7919 % 10_000}").ToList();
        var output = string.Concat(names.Concat(names).Select(name => $"{name} 1 1 ns/op\n"));
        var results = Harness.Read(Adapter.GoBench, Encoding.UTF8.GetBytes(output), average: null)!;
        Assert.Equal(names, results.Benchmarks.Select(b => b.Name.Value));
        Assert.Equal(names[9_999], results.Benchmarks[9_999].Name.Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => results.Benchmarks[10_000]);
    }

    [Fact]
    public void Written_metrics_have_every_field_including_missing_bounds()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            MetricFormat.Write(
                writer,
                Harness.Read(
                    Adapter.Json,
                    """{"a":{"m":{"value":0.1,"upper_value":2},"n":{"value":1}},"b":{}}"""u8,
                    average: null
                )!
            );
        Assert.Equal(
            """{"a":{"m":{"value":0.1,"lower_value":null,"upper_value":2},"n":{"value":1,"lower_value":null,"upper_value":null}},"b":{}}""",
            Encoding.UTF8.GetString(buffer.WrittenSpan)
        );
    }
}
