using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Rules for all adapters that read documents: which documents are read, and how an odd value affects the results.
/// </summary>
public class DocumentTests
{
    /// <summary>
    /// For each adapter, a document on one line with two benchmarks: the second one must be read whatever happens to
    /// the first.
    /// </summary>
    private static readonly (Adapter Adapter, string Document, string Used, string Unused)[] All =
    [
        (
            Adapter.CSharpDotNet,
            """{"HostEnvironmentInfo":{"Hertz":1},"Benchmarks":[{"Method":"a","Statistics":{"Mean":11,"StandardDeviation":0,"Median":11,"InterquartileRange":0,"Skewness":22}},{"Method":"b","Statistics":{"Mean":5,"StandardDeviation":0,"Median":5,"InterquartileRange":0}}]}""",
            "\"Mean\":11",
            "\"Skewness\":22"
        ),
        (
            Adapter.CppGoogle,
            """{"context":{"caches":[{"size":22}]},"benchmarks":[{"name":"a","real_time":11,"time_unit":"ns","cpu_time":1},{"name":"b","real_time":5,"time_unit":"ns"}]}""",
            "\"real_time\":11",
            "\"size\":22"
        ),
        (
            Adapter.JavaJmh,
            """[{"benchmark":"a","warmup":22,"primaryMetric":{"score":11,"scoreError":1,"scoreConfidence":[1,3],"scoreUnit":"ns/op"},"secondaryMetrics":{}},{"benchmark":"b","primaryMetric":{"score":5,"scoreConfidence":[1,3],"scoreUnit":"ns/op"},"secondaryMetrics":{}}]""",
            "\"score\":11",
            "\"warmup\":22"
        ),
        (
            Adapter.JsVitest,
            """{"files":[{"groups":[{"fullName":"g","benchmarks":[{"name":"a","hz":1,"mean":11,"median":1,"sd":1,"rme":1,"p75":22},{"name":"b","hz":1,"mean":5,"median":1,"sd":1,"rme":1}]}]}]}""",
            "\"mean\":11",
            "\"p75\":22"
        ),
        (
            Adapter.JsVitest,
            """{"testResults":[{"name":"/x/f.js","duration":22,"assertionResults":[{"fullName":"t","ancestorTitles":[],"title":"t","benchmarks":[{"tasks":[{"name":"a","latency":{"mean":11,"sd":0,"p50":1},"throughput":{"mean":5,"rme":0}},{"name":"b","latency":{"mean":2,"sd":0,"p50":1},"throughput":{"mean":5,"rme":0}}]}]}]}]}""",
            "\"mean\":11",
            "\"duration\":22"
        ),
        (
            Adapter.PythonPytest,
            """{"machine_info":{"hz":22},"commit_info":{},"benchmarks":[{"fullname":"a","stats":{"mean":11,"stddev":1,"median":1,"iqr":1}},{"fullname":"b","stats":{"mean":5,"stddev":1,"median":1,"iqr":1}}]}""",
            "\"mean\":11",
            "\"hz\":22"
        ),
        (
            Adapter.ShellHyperfine,
            """{"results":[{"command":"a","mean":11,"median":1,"user":22,"system":1,"min":1,"max":1,"exit_codes":[0]},{"command":"b","mean":5,"median":1,"user":1,"system":1,"min":1,"max":1,"exit_codes":[0]}]}""",
            "\"mean\":11",
            "\"user\":22"
        ),
        (
            Adapter.ShellHyperfine,
            """{"schema_version":2,"results":[{"command":"a","summary":{"time_wall_clock":{"mean":11,"median":1,"min":1,"max":1,"unit":"second"},"time_cpu":{"mean":22}}},{"command":"b","summary":{"time_wall_clock":{"mean":5,"median":1,"min":1,"max":1,"unit":"second"}}}]}""",
            "\"mean\":11",
            "\"mean\":22"
        ),
        (
            Adapter.JsMitata,
            """{"layout":[{"name":null}],"benchmarks":[{"group":0,"runs":[{"name":"a","stats":{"avg":11,"p50":1,"max":22}},{"name":"b","stats":{"avg":5,"p50":4}}]}]}""",
            "\"avg\":11",
            "\"max\":22"
        ),
        (
            Adapter.JsTinybench,
            """[{"name":"a","totalTime":22,"latency":{"mean":11,"sd":0,"p50":1},"throughput":{"mean":1,"rme":1}},{"name":"b","latency":{"mean":5,"sd":0,"p50":1},"throughput":{"mean":1,"rme":1}}]""",
            "\"mean\":11",
            "\"totalTime\":22"
        ),
        (
            Adapter.PythonPyperf,
            """{"version":"1.0","benchmarks":[{"metadata":{"name":"a","load":22},"runs":[{"values":[11]}]},{"metadata":{"name":"b"},"runs":[{"values":[5]}]}]}""",
            "[11]",
            "\"load\":22"
        ),
        (
            Adapter.K6Summary,
            """{"metrics":{"http_req_duration":{"avg":11,"med":1,"p(95)":22},"iteration_duration":{"avg":5,"med":1},"iterations":{"rate":5}}}""",
            "\"avg\":11",
            "\"p(95)\":22"
        ),
        (
            Adapter.Oha,
            """{"summary":{"average":11,"fastest":1,"slowest":2,"requestsPerSec":5,"totalData":22}}""",
            "\"average\":11",
            "\"totalData\":22"
        ),
        (
            Adapter.RustCriterion,
            """{"reason":"benchmark-complete","id":"a","iteration_count":[22],"typical":{"estimate":11,"lower_bound":1,"upper_bound":2,"unit":"ns"}}{"reason":"benchmark-complete","id":"b","typical":{"estimate":5,"lower_bound":1,"upper_bound":2,"unit":"ns"}}""",
            "\"estimate\":11",
            "[22]"
        ),
        (
            Adapter.Json,
            """[{"name":"a","unit":"ns","value":11,"extra":22},{"name":"b","unit":"ns","value":5}]""",
            "\"value\":11",
            "\"extra\":22"
        ),
        (
            Adapter.SwiftPackageBenchmark,
            """[{"name":"T - a - Time (wall clock)","unit":"ns","value":11,"more":22},{"name":"T - b - Time (wall clock)","unit":"ns","value":5}]""",
            "\"value\":11",
            "\"more\":22"
        ),
    ];

    private static string BenchmarkOf(string seen, string which) =>
        Assert.Single(seen.Split("; "), one => one.Split(':')[0].EndsWith(which, StringComparison.Ordinal));

    public static TheoryData<int> Documents() => [.. Enumerable.Range(0, All.Length)];

    public static TheoryData<int, string> OddNumbers()
    {
        var odd = new TheoryData<int, string>();
        foreach (var (index, _) in All.Index())
        foreach (
            var number in (string[])
                [
                    "NaN",
                    "Infinity",
                    "-Infinity",
                    "nan",
                    "-NaN",
                    "null",
                    "\"NaN\"",
                    "\"MISSING\"",
                    "1e999",
                    "{}",
                    "[null]",
                ]
        )
            odd.Add(index, number);
        return odd;
    }

    [Theory, MemberData(nameof(OddNumbers))]
    public void An_unused_field_may_have_any_value(int index, string odd)
    {
        var (adapter, document, _, unused) = All[index];
        Assert.Contains(unused, document, StringComparison.Ordinal);
        var other = document.Replace(unused, unused.Replace("22", odd), StringComparison.Ordinal);
        Assert.NotEqual(Seen.Nothing, Seen.In(adapter, document));
        Assert.Equal(Seen.In(adapter, document), Seen.In(adapter, other));
        Assert.Equal(Seen.In(Adapter.Magic, document), Seen.In(Adapter.Magic, other));
    }

    [Theory, MemberData(nameof(Documents))]
    public void An_unused_field_may_be_negative_or_missing(int index)
    {
        var (adapter, document, _, unused) = All[index];
        Assert.Equal(
            Seen.In(adapter, document),
            Seen.In(adapter, document.Replace(unused, unused.Replace("22", "-22"), StringComparison.Ordinal))
        );
        if (unused[0] == '"')
            Assert.Equal(
                Seen.In(adapter, document),
                Seen.In(adapter, document.Replace(unused, "\"unheard\":0", StringComparison.Ordinal))
            );
    }

    [Theory, MemberData(nameof(OddNumbers))]
    public void An_unreadable_benchmark_is_named_as_left_out_and_the_others_are_read(int index, string odd)
    {
        var (adapter, document, used, _) = All[index];
        Assert.Contains(used, document, StringComparison.Ordinal);
        var results = Harness
            .Read(
                adapter,
                Encoding.UTF8.GetBytes(document.Replace(used, used.Replace("11", odd), StringComparison.Ordinal)),
                ReadOptions.Usual
            )
            .Results!;
        Assert.NotEqual(0, results.LeftOutCount);
        var shown =
            odd.Trim('"') is "{}" ? "an object"
            : odd is "[null]" ? "a list"
            : odd is "\"MISSING\"" ? odd
            : odd.Trim('"');
        if (adapter == Adapter.Oha)
            Assert.Contains(results.LeftOut, one => one.What == "the latency");
        else if (adapter == Adapter.PythonPyperf && odd == "1e999")
            Assert.Contains(results.LeftOut, one => one.What.EndsWith('a'));
        else
            Assert.Contains(results.LeftOut, one =>
                one.Why.Contains(shown, StringComparison.Ordinal)
                || one.Why.Contains("no figures", StringComparison.Ordinal)
            );
        var whole = Seen.In(adapter, document);
        if (adapter != Adapter.Oha && adapter != Adapter.K6Summary)
            Assert.Equal(BenchmarkOf(whole, "b"), BenchmarkOf(Seen.Show(results), "b"));
    }

    [Theory, MemberData(nameof(Documents))]
    public void Several_documents_are_all_read_wherever_they_stand_in_the_output(int index)
    {
        var (adapter, document, _, _) = All[index];
        // The same benchmark twice has two samples, which are equal here.
        var once = Harness.Read(adapter, Encoding.UTF8.GetBytes(document), average: null)!;
        foreach (
            var form in (string[])
                [
                    "{0}\n{0}",
                    "{0}{0}",
                    "\ufeff{0}\r\n\r\n{0}\r\n",
                    "Benchmark 1: x\n{0}\nBenchmark 2: {{x}}\n  [INFO] y\n{0}\ndone\n",
                    "[12:00] starts\n{0}\n{\"level\":\"info\"}\n[1, 2]\n{0}",
                ]
        )
        {
            var results = Harness.Read(
                adapter,
                Encoding.UTF8.GetBytes(form.Replace("{0}", document, StringComparison.Ordinal)),
                average: null
            );
            Assert.Equal(Values(once), Values(results!));
            Assert.True(results!.Benchmarks.All(b => b.Metrics.All(m => m.Metric.LowerValue is not null)), form);
        }
    }

    private static string Values(Results results) =>
        string.Join(
            "; ",
            results.Benchmarks.Select(b =>
                $"{b.Name}: {string.Join(' ', b.Metrics.Select(m => $"{m.Measure} {m.Metric.Value:G12}"))}"
            )
        );

    [Theory, MemberData(nameof(Documents))]
    public void A_truncated_document_is_named_as_left_out_beside_a_complete_one(int index)
    {
        var (adapter, document, _, _) = All[index];
        if (
            adapter
            is Adapter.Oha
                or Adapter.PythonPyperf
                or Adapter.JavaJmh
                or Adapter.CSharpDotNet
                or Adapter.RustCriterion
                or Adapter.K6Summary
                or Adapter.JsMitata
        )
            return; // These adapters add benchmarks only once the whole document is read.
        var results = Harness
            .Read(adapter, Encoding.UTF8.GetBytes($"{document}\n{document[..^3]}"), ReadOptions.Usual)
            .Results!;
        Assert.Equal(Seen.In(adapter, document), Seen.Show(results));
        if (adapter != Adapter.JsVitest)
            Assert.Contains("the document on line 2", results.LeftOut.Select(one => one.What));
    }

    public static TheoryData<int, string> Encoded()
    {
        var encoded = new TheoryData<int, string>();
        for (var index = 0; index < Samples.Inputs.Count; index++)
            foreach (var name in (string[])["utf-8", "utf-16", "utf-16BE", "utf-32"])
                encoded.Add(index, name);
        return encoded;
    }

    [Theory, MemberData(nameof(Encoded))]
    public void A_byte_order_mark_determines_the_encoding(int index, string name)
    {
        var (input, encoding) = (Samples.Inputs[index], Encoding.GetEncoding(name));
        byte[] marked = [.. encoding.GetPreamble(), .. Encoding.Convert(Encoding.UTF8, encoding, input)];
        var (plain, other) = (
            Harness.Read(Adapter.Magic, input, ReadOptions.Usual),
            Harness.Read(Adapter.Magic, marked, ReadOptions.Usual)
        );
        Assert.Equal(plain.By, other.By);
        Assert.Equal(Seen.Show(plain.Results), Seen.Show(other.Results));
    }

    [Fact]
    public void A_UTF_16_output_is_sent_as_text_and_read_by_the_receiver()
    {
        byte[] output = [0xff, 0xfe, .. Encoding.Unicode.GetBytes("BenchmarkÄ-2 1 2 ns/op\r\n")];
        var sent = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new Paddock.Core.Wire.Utf8Text(output));
        var arrived = System.Text.Json.JsonSerializer.Deserialize<Paddock.Core.Wire.Utf8Text>(sent);
        Assert.Equal(
            "BenchmarkÄ-2: latency 2",
            Seen.Show(Harness.Read(Adapter.GoBench, arrived.Bytes.Span, average: null))
        );
    }

    [Theory]
    [InlineData("""{"a":{"latency":{"value":1}}}{"b":{"latency":{"value":2}}}""", "a: latency 1; b: latency 2")]
    [InlineData("""{"a":{"latency":{"value":1}}}|{"a":{"latency":{"value":3}}}|""", "a: latency 2 [1, 3]")]
    [InlineData("""starting|{"a":{"latency":{"value":1}}}|done""", "a: latency 1")]
    [InlineData("""{"a":{"latency":{"value":1,"extra":NaN}}}""", "a: latency 1")]
    [InlineData("{}|{}", Seen.Nothing)] // Neither of two empty documents tells its format.
    [InlineData("text|{}|text", Seen.Nothing)]
    // A document in Paddock's own format must be valid as a whole.
    [InlineData("""{"a":{"latency":{"value":1}}}|{"b":{"latency":{"value":"x"}}}""", Seen.Nothing)]
    public void The_metric_format_allows_several_documents_in_one_output(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.Json, output.Replace('|', '\n')));

    [Fact]
    public void Thousands_of_lines_that_begin_like_documents_are_skipped_quickly()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
            text.Append("[\"a\" {\"exit_codes\"\n{\"x: \n");
        var time = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(Seen.Nothing, Seen.In(Adapter.ShellHyperfine, text.ToString()));
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }
}
