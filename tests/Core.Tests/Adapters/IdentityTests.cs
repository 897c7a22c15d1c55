using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// A benchmark's short name, alone and among others, and the full name that identifies it permanently.
/// </summary>
public class IdentityTests
{
    private static Results Read(Adapter adapter, string output) =>
        Harness.Read(adapter, Encoding.UTF8.GetBytes(output), average: null)!;

    private static string DotNet(params string[] cases) =>
        $$"""{"HostEnvironmentInfo":{},"Benchmarks":[{{string.Join(',', cases)}}]}""";

    private static string Case(string type, string parameters = "", double mean = 1) =>
        $$"""{"Namespace":"n","Type":"{{type}}","Method":"m","Parameters":"{{parameters}}","DisplayInfo":"{{type}}.m: DefaultJob","Statistics":{"Mean":{{mean}},"StandardDeviation":0,"Median":1,"InterquartileRange":0} }""";

    private static string Jmh(string size) =>
        $$"""[{"benchmark":"a.b","params":{"size":"{{size}}"},"primaryMetric":{"score":2,"scoreConfidence":[1,3],"scoreUnit":"ns/op"},"secondaryMetrics":{} }]""";

    private static string Names(Results results) => string.Join("; ", results.Benchmarks.Select(b => b.Name.Value));

    private static string FullNames(Results results) => string.Join("; ", results.Benchmarks.Select(b => b.FullName));

    [Fact]
    public void Merged_outputs_name_benchmarks_as_a_single_output_does()
    {
        Results[] two = [Read(Adapter.CSharpDotNet, DotNet(Case("A"))), Read(Adapter.CSharpDotNet, DotNet(Case("B")))];
        Assert.Equal("n.m; n.m", string.Join("; ", two.Select(Names)));
        Assert.Equal(Names(Read(Adapter.CSharpDotNet, DotNet(Case("A"), Case("B")))), Names(ResultSets.Merged(two)));
        Assert.Equal("n.m [Type=A]; n.m [Type=B]", Names(ResultSets.Merged(two)));
    }

    [Fact]
    public void A_full_name_does_not_depend_on_other_benchmarks()
    {
        var (one, two) = (Read(Adapter.JavaJmh, Jmh("10")), Read(Adapter.JavaJmh, Jmh("20")));
        Assert.Equal(("a.b", "a.b [size=10]"), (Names(one), FullNames(one)));
        var both = ResultSets.Merged([one, two]);
        Assert.Equal(("a.b [size=10]; a.b [size=20]", "a.b [size=10]; a.b [size=20]"), (Names(both), FullNames(both)));
    }

    [Theory]
    [InlineData("pkg: p\nBenchmarkA-2 1 2 ns/op", "BenchmarkA-2", "p.BenchmarkA-2")]
    [InlineData(
        "pkg: p\nBenchmarkA-2 1 2 ns/op\npkg: q\nBenchmarkB-2 1 2 ns/op",
        "BenchmarkA-2; BenchmarkB-2",
        "p.BenchmarkA-2; q.BenchmarkB-2"
    )]
    [InlineData(
        "pkg: p\nBenchmarkA-2 1 2 ns/op\npkg: q\nBenchmarkA-2 1 2 ns/op",
        "p.BenchmarkA-2; q.BenchmarkA-2",
        "p.BenchmarkA-2; q.BenchmarkA-2"
    )]
    [InlineData("BenchmarkA-2 1 2 ns/op", "BenchmarkA-2", "BenchmarkA-2")]
    public void The_full_name_of_a_Go_benchmark_has_its_package_and_the_short_name_only_if_ambiguous(
        string output,
        string names,
        string full
    )
    {
        var results = Read(Adapter.GoBench, output);
        Assert.Equal((names, full), (Names(results), FullNames(results)));
    }

    [Fact]
    public void Merged_outputs_distinguish_equal_Go_names_by_package()
    {
        Results[] two =
        [
            Read(Adapter.GoBench, "pkg: p\nBenchmarkA-2 1 2 ns/op"),
            Read(Adapter.GoBench, "pkg: q\nBenchmarkA-2 1 3 ns/op"),
        ];
        Assert.Equal("p.BenchmarkA-2: latency 2; q.BenchmarkA-2: latency 3", Seen.Show(ResultSets.Merged(two)));
    }

    [Fact]
    public void A_benchmark_in_several_merged_outputs_has_several_samples() =>
        Assert.Equal(
            "a: latency 2 [1, 3]; b: latency 5",
            Seen.Show(
                ResultSets.Merged([
                    Read(Adapter.GoBench, "a 1 1 ns/op"),
                    Read(Adapter.GoBench, "a 1 3 ns/op\nb 1 5 ns/op"),
                ])
            )
        );

    [Theory]
    [InlineData("a 1 1 ns/op", "a 1 2 ns/op", true)]
    [InlineData("a 1 1 ns/op\nb 1 1 ns/op", "b 1 2 ns/op\na 1 1 ns/op", true)]
    [InlineData("a 1 1 ns/op", "b 1 2 ns/op", false)]
    [InlineData("a 1 1 ns/op\nb 1 1 ns/op", "b 1 2 ns/op", false)]
    [InlineData("b 1 1 ns/op", "a 1 2 ns/op\nb 1 2 ns/op", false)]
    [InlineData("pkg: p\na 1 1 ns/op", "pkg: q\na 1 2 ns/op", false)]
    public void Outputs_repeat_each_other_only_if_they_have_the_same_benchmarks(
        string one,
        string other,
        bool repeat
    ) => Assert.Equal(repeat, ResultSets.RepeatEachOther([Read(Adapter.GoBench, one), Read(Adapter.GoBench, other)]));

    [Fact]
    public void Outputs_of_two_classes_with_the_same_method_name_do_not_repeat_each_other()
    {
        Results[] two = [Read(Adapter.CSharpDotNet, DotNet(Case("A"))), Read(Adapter.CSharpDotNet, DotNet(Case("B")))];
        Assert.False(ResultSets.RepeatEachOther(two));
        Assert.True(ResultSets.RepeatEachOther([two[0], two[0]]));
        Assert.False(ResultSets.RepeatEachOther([two[0]]));
        Assert.False(ResultSets.RepeatEachOther([]));
    }

    [Fact]
    public void Folding_matches_benchmarks_by_full_name()
    {
        // In the second result set, size 1 failed, so the short name no longer needs the size.
        Results[] results =
        [
            Read(Adapter.CSharpDotNet, DotNet(Case("A", "s=1", 1), Case("A", "s=2", 10))),
            Read(Adapter.CSharpDotNet, DotNet(Case("A", "s=2", 30))),
        ];
        var folded = Folding.Fold(results, Fold.Max);
        Assert.Equal("n.m [s=1]: latency 1 [1, 1]; n.m [s=2]: latency 30 [30, 30]", Seen.Show(folded));
        Assert.Equal("n.m [Type=A, s=1]; n.m [Type=A, s=2]", FullNames(folded));
    }

    [Fact]
    public void An_overlong_name_is_shortened_and_stays_unique()
    {
        var results = Read(
            Adapter.CSharpDotNet,
            DotNet(Case("A", "s=" + new string('é', 600) + "1"), Case("A", "s=" + new string('é', 600) + "2"))
        );
        Assert.Equal(2, results.Benchmarks.Select(b => b.Name.Value).Distinct().Count());
        Assert.Equal(2, results.Benchmarks.Select(b => b.FullName).Distinct().Count());
        Assert.All(results.Benchmarks, b => Assert.InRange(Encoding.UTF8.GetByteCount(b.Name.Value), 1000, 1024));
        Assert.All(results.Benchmarks, b => Assert.InRange(Encoding.UTF8.GetByteCount(b.FullName), 1000, 1024));
        Assert.DoesNotContain('\ufffd', Names(results));
    }

    [Fact]
    public void A_benchmark_whose_name_equals_a_generated_name_gets_a_number()
    {
        var odd = Jmh("1").Replace("\"a.b\"", "\"a.b [size=1]\"").Replace("\"size\":\"1\"", "");
        var results = ResultSets.Merged([
            Read(Adapter.JavaJmh, Jmh("1")),
            Read(Adapter.JavaJmh, Jmh("2")),
            Read(Adapter.JavaJmh, odd),
        ]);
        Assert.Equal("a.b [size=1]; a.b [size=2]; a.b [size=1] #2", Names(results));
    }

    [Fact]
    public void A_full_name_includes_the_job_only_when_jobs_differ()
    {
        var one = Read(Adapter.CSharpDotNet, DotNet(Case("A")));
        Assert.Equal("n.m [Type=A]", FullNames(one));
        var two = Read(Adapter.CSharpDotNet, DotNet(Case("A"), Case("A").Replace("DefaultJob", "Short")));
        Assert.Equal(
            ("n.m [Job=DefaultJob]; n.m [Job=Short]", "n.m [Type=A, Job=DefaultJob]; n.m [Type=A, Job=Short]"),
            (Names(two), FullNames(two))
        );
    }
}
