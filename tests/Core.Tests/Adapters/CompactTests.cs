using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>Results are sent as a compact document, and are read back unchanged.</summary>
public class CompactTests
{
    private static readonly ReadOptions[] Wishes =
    [
        ReadOptions.Usual,
        new(Average.Median),
        new(Measures: Measures.All),
    ];

    private static string All(Results results) =>
        JsonSerializer.Serialize(
            new
            {
                Seen = Seen.Show(results),
                Full = results.Benchmarks.Select(b => b.FullName).ToArray(),
                Kinds = results
                    .Benchmarks.Select(b => b.Name.Kind)
                    .Concat(results.Benchmarks.SelectMany(b => b.Metrics.Select(m => m.Measure.Kind)))
                    .ToArray(),
                Values = results
                    .Benchmarks.SelectMany(b =>
                        b.Metrics.Select(m => $"{m.Metric.Value:R} {m.Metric.LowerValue:R} {m.Metric.UpperValue:R}")
                    )
                    .ToArray(),
                Units = results.Benchmarks.SelectMany(b => b.Metrics.Select(m => results.UnitsOf(m.Measure))).ToArray(),
                results.LeftOut,
                results.LeftOutCount,
            }
        );

    public static TheoryData<int> Inputs() => [.. Enumerable.Range(0, Samples.Inputs.Count)];

    [Theory, MemberData(nameof(Inputs))]
    public void Results_are_unchanged_after_a_round_trip_through_a_compact_document(int index)
    {
        foreach (var wish in Wishes)
        {
            if (Harness.Read(Adapter.Magic, Samples.Inputs[index], wish) is not { Results: { } results } read)
                continue;
            var document = Compact.Write(read.By, results);
            // Neither the adapter nor the options matter here: the sender has already applied them.
            foreach (var adapter in (Adapter[])[Adapter.Magic, read.By, Adapter.JunitXml])
            {
                var back = Harness.Read(adapter, document, new ReadOptions(Average.Mean));
                Assert.Equal(read.By, back.By);
                Assert.Equal(All(results), All(back.Results!));
            }
        }
    }

    [Fact]
    public void A_compact_document_of_merged_outputs_holds_the_results_of_all_of_them()
    {
        Results[] two =
        [
            .. Samples
                .Inputs.Select(input => Harness.Read(Adapter.Magic, input, average: null))
                .Where(results => results is { Benchmarks.Count: > 0 })
                .Take(12)!,
        ];
        var merged = ResultSets.Merged(two);
        var document = Compact.Write(Adapter.Magic, merged);
        Assert.Equal(All(merged), All(Harness.Read(Adapter.Magic, document, average: null)!));
    }

    [Fact]
    public void The_count_of_left_out_benchmarks_is_kept_when_not_all_of_them_are_named()
    {
        var output =
            string.Concat(Enumerable.Range(0, 250).Select(i => $"<testcase name=\"t{i}\" time=\"x\"/>"))
            + "<testcase name=\"a\" time=\"1\"/>";
        var results = Harness.Read(Adapter.JunitXml, Encoding.UTF8.GetBytes(output), average: null)!;
        var back = Harness.Read(Adapter.Magic, Compact.Write(Adapter.JunitXml, results), average: null)!;
        Assert.Equal((LeftOut.Max, 250), (back.LeftOut.Count, back.LeftOutCount));
    }

    [Fact]
    public void A_compact_document_is_much_smaller_than_the_output_of_the_harness()
    {
        var rounds = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"0.{i}"));
        var output = Encoding.UTF8.GetBytes(
            $$"""{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","stats":{"data":[{{rounds}}],"mean":1,"stddev":1,"median":1,"iqr":1} }]}"""
        );
        Assert.InRange(
            Compact.Write(Adapter.PythonPytest, Harness.Read(Adapter.PythonPytest, output, average: null)!).Length,
            1,
            300
        );
    }

    [Theory]
    [InlineData("""{"paddock_results":""")]
    [InlineData("""{"paddock_results":2,"by":"go_bench","measures":[],"benchmarks":[]}""")]
    [InlineData("""{"paddock_results":1,"measures":[],"benchmarks":[]}""")]
    [InlineData("""{"paddock_results":1,"by":"go_bench","measures":[],"benchmarks":[{"name":"","metrics":[]}]}""")]
    [InlineData(
        """{"paddock_results":1,"by":"go_bench","measures":[],"benchmarks":[{"name":"a","metrics":[[0,1,null,null]]}]}"""
    )]
    [InlineData(
        """{"paddock_results":1,"by":"go_bench","measures":[["latency",1,null]],"benchmarks":[{"name":"a","metrics":[[0,1e999,null,null]]}]}"""
    )]
    [InlineData(
        """{"paddock_results":1,"by":"go_bench","measures":[["latency",7,null]],"benchmarks":[{"name":"a","metrics":[]}]}"""
    )]
    [InlineData("""{"paddock_results":1,"by":"go_bench","measures":[],"benchmarks":[]} x""")]
    public void An_invalid_compact_document_yields_no_results_and_an_explanation(string document)
    {
        Assert.Null(Harness.Read(Adapter.Magic, Encoding.UTF8.GetBytes(document), ReadOptions.Usual).Results);
        Assert.Contains(
            "this document of results is incomplete",
            Unread.Of(Adapter.Magic, Encoding.UTF8.GetBytes(document), ReadOptions.Usual).ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Reading_a_corrupted_compact_document_does_not_throw()
    {
        var whole = Compact.Write(
            Adapter.JavaJmh,
            Harness.Read(
                Adapter.JavaJmh,
                """[{"benchmark":"a","params":{"n":"1"},"primaryMetric":{"score":2,"scoreConfidence":[1,3],"scoreUnit":"s/op"},"secondaryMetrics":{}}]"""u8,
                average: null
            )!
        );
        Prop.ForAll(
                Arb.From(
                    from at in Gen.Choose(18, whole.Length - 1)
                    from b in Gen.Choose(0, 255)
                    from cut in Gen.Choose(at, whole.Length)
                    select (at, b, cut)
                ),
                change =>
                {
                    var changed = whole.ToArray();
                    changed[change.at] = (byte)change.b;
                    Harness.Read(Adapter.Magic, changed.AsSpan(0, change.cut), ReadOptions.Usual);
                }
            )
            .Check(Properties.Tried(1000));
    }
}
