using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

public class GungraunTests
{
    private const string Bare = "(*********)";

    private static string Text(string output) => Seen.In(Adapter.RustGungraunStdout, output);

    private static string Json(string output) => Seen.In(Adapter.RustGungraunJson, output);

    [Theory]
    [InlineData("a::b::c x:1\n  Instructions: 1|N/A (*)\n", "a::b::c x:1: instructions 1")]
    [InlineData(
        "a::b::c\n  Instructions: 1|2 (No change)\n  L1 Hits: 3|4(No change)\n",
        "a::b::c: instructions 1 l1-hits 3"
    )]
    [InlineData(
        "a::b::c\n  Instructions: 1|2 (+5.09%) [+1.04x]\n  Dr: 3|4 (-5%) [-1x]\n",
        "a::b::c: instructions 1 dr 3"
    )]
    [InlineData(
        "a::b::c\n  Instructions: 1|0 (+++inf+++) [+++inf+++]\n  Dr: 3|4 (---inf---) [---inf---]\n",
        "a::b::c: instructions 1 dr 3"
    )]
    [InlineData(
        "a::b::c\n  Unheard of: 1|N/A (*)\n  Dw: 1,000.5|N/A (*)\n\n\n  Dr: 2|N/A (*)\n",
        "a::b::c: dw 1000.5 dr 2"
    )]
    [InlineData("a::b::c id:two\nlines \n  Dr: 2|N/A (*)\n", "a::b::c id:two\nlines: dr 2")]
    [InlineData("a::b::c\nprinted \n  Dr: 2|N/A (*)\n", "a::b::c: dr 2")] // A name without argument is a single line.
    [InlineData("a::b::c\n  Dr: 2|N/A (*)\na::b::c\n  Dw: 3|N/A (*)\n  Dr: 4|N/A (*)\n", "a::b::c: dr 3 [2, 4] dw 3")]
    [InlineData("a::b::c\tx\n  Dr: 2|N/A (*)\n", "a::b::cx: dr 2")] // Tabs are removed first.
    [InlineData("a::b::c\r\n  Dr: 2|N/A (*)\r\n", "a::b::c: dr 2")]
    public void A_benchmark_in_text_is_a_path_followed_by_one_line_per_metric(string output, string seen) =>
        Assert.Equal(seen, Text(output));

    [Theory]
    [InlineData("  ===== CALLGRIND =====\n  Dr: 1|N/A (*)\n", "dr 1")]
    [InlineData("  = DHAT =\n  Total bytes: 1|N/A (*)\n  Dr: 2|N/A (*)\n", "total-bytes 1")]
    [InlineData(
        "  Dr: 1|N/A (*)\n  = DHAT =\n  Maximum blocks: 2|N/A (*)\n  = DRD =\n  Errors: 3|N/A (*)\n",
        "dr 1 maximum-blocks 2 drd-errors 3"
    )]
    [InlineData(
        "  = MEMCHECK =\n  Suppressed Errors: 3|N/A (*)\n  = HELGRIND =\n  Contexts: 4|N/A (*)\n",
        "memcheck-suppressed-errors 3 helgrind-contexts 4"
    )]
    [InlineData("  = CACHEGRIND =\n  Bc: 1|N/A (*)\n  Dr: 2|N/A (*)\n", "dr 2")] // Bc is only in the JSON.
    [InlineData("  Dr: 1|N/A (*)\n  = MASSIF =\n  Dw: 2|N/A (*)\n", "dr 1")]
    [InlineData("  Dr: 1|N/A (*)\n  Dw: N/A|2 (*)\n  I1mr: 3|N/A (*)\n", "dr 1 i1mr 3")] // Dw is from the run before.
    [InlineData("  Baselines:   x|x (old)\n  Dr: 1|N/A (*)\n", "dr 1")]
    [InlineData(
        "  = CALLGRIND =\n  Dr: 1|N/A (*)\n  = CACHEGRIND =\n  Dr: 2|N/A (*)\n  Bc: 1|N/A (*)\n",
        "dr 1 cachegrind-dr 2"
    )]
    [InlineData("  Dr: 1|N/A (*)\n  Dw: 2|N/A (*)", "dr 1 dw 2")] // The last line needs no line end.
    [InlineData("  Dr: 1|N/A (*)  \n   \n  Dw: 2|N/A (*)   ", "dr 1 dw 2")]
    [InlineData("  Dr: 1|N/A (*)\n  Dw: 2|3\n", "dr 1")]
    public void Metrics_belong_to_the_tool_heading_above_them(string figures, string seen) =>
        Assert.Equal($"a::b::c: {seen}", Text("a::b::c\n" + figures));

    [Theory]
    [InlineData("a::b::c\n  = DHAT =\n", "a::b::c:")]
    [InlineData("a::b::c\n  whatever\n", "a::b::c:")]
    [InlineData("a::b::c\n", Seen.Nothing)]
    [InlineData("a::b\n  Dr: 1|N/A (*)\n", Seen.Nothing)]
    [InlineData(" a::b::c\n  Dr: 1|N/A (*)\n", Seen.Nothing)]
    [InlineData("a b::c::d\n  Dr: 1|N/A (*)\n", Seen.Nothing)]
    [InlineData("a::::c\n  Dr: 1|N/A (*)\n", Seen.Nothing)]
    public void A_path_above_an_indented_line_is_a_benchmark_even_without_metrics(string output, string seen) =>
        Assert.Equal(seen, Text(output));

    [Fact]
    public void Terminal_escape_sequences_are_ignored() =>
        Assert.Equal(
            "a::b::c: dr 2",
            Text("\e[32ma:\e[0m:b::c\e]8;;http://x\a\e]8;;\e\\\n\e(B  Dr: \e[1m  2\e[0m|N/A (\e[90m***\e[0m)\n")
        );

    [Fact]
    public void A_benchmark_with_an_overlong_name_is_not_read() =>
        Assert.Equal(
            "a::b::c: dr 2",
            Text($"a::b::{new string('x', 1024)}\n  Dr: 1|N/A {Bare}\na::b::c\n  Dr: 2|N/A {Bare}\n")
        );

    private static string Summary(string profiles, string version = "6", string id = "\"i\"", string more = "") =>
        $$"""
            {"version":"{{version}}","module_path":"a::b","function_name":"b","benchmark_exe":"","benchmark_file":"","package_dir":"","project_root":"","kind":"x","baselines":[],"id":{{id}},"profiles":[{{profiles}}]{{more}}}
            """;

    private static string Profile(string summary, string tool = "Callgrind") =>
        $$$"""{"summaries":{"parts":[{"x":1}],"total":{"regressions":[],"summary":{{{summary}}}}},"tool":"{{{tool}}}"}""";

    private static string Callgrind(string metrics) => Profile($$"""{ "Callgrind": { {{metrics}} } }""");

    [Theory]
    [InlineData(
        """
            "Ir":{"diffs":null,"metrics":{"Left":{"Int":5}}}
            """,
        " instructions 5"
    )]
    [InlineData(
        """
            "Ir":{"metrics":{"Both":[{"Int":5},{"Float":6.5}]}},"LLMissRate":{"metrics":{"Both":[{"Float":1.5},{"Int":1}]}}
            """,
        " instructions 5 ll-miss-rate 1.5"
    )]
    [InlineData(
        """
            "Ir":{"metrics":{"Right":{"Int":5}}},"Dr":{"metrics":{"Left":{"Int":6}}}
            """,
        " dr 6"
    )]
    [InlineData(
        """
            "Heard":{"metrics":{"Left":{"Int":5}}},"Ge":{"metrics":{"Left":{"Int":6}}}
            """,
        " global-bus-events 6"
    )]
    [InlineData("", "")]
    public void A_summary_yields_the_new_value_of_each_known_measure(string metrics, string seen) =>
        Assert.Equal($"a::b::i:{seen}", Json(Summary(Callgrind(metrics))));

    [Fact]
    public void A_summary_without_an_id_is_named_after_its_module_path() =>
        Assert.Equal(
            "a::b: instructions 5",
            Json(
                Summary(
                    Callgrind(
                        """
                        "Ir":{"metrics":{"Left":{"Int":5}}}
                        """
                    ),
                    id: "null"
                )
            )
        );

    [Theory]
    [InlineData("Memcheck", " memcheck-errors 1")]
    [InlineData("Helgrind", " helgrind-errors 1")]
    [InlineData("DRD", " drd-errors 1")]
    [InlineData("Massif", "")]
    public void Error_counts_belong_to_the_tool_of_their_profile(string tool, string seen) =>
        Assert.Equal(
            $"a::b::i:{seen}",
            Json(
                Summary(
                    Profile(
                        """
                        {"ErrorTool":{"Errors":{"metrics":{"Left":{"Int":1}}}}}
                        """,
                        tool
                    )
                )
            )
        );

    [Fact]
    public void All_profiles_of_a_summary_belong_to_one_benchmark() =>
        Assert.Equal(
            "a::b::i: instructions 5 total-bytes 6",
            Json(
                Summary(
                    string.Join(
                        ',',
                        Profile("\"None\"", "Massif"),
                        Callgrind(
                            """
                            "Ir":{"metrics":{"Left":{"Int":5}}}
                            """
                        ),
                        Profile(
                            """
                            {"Dhat":{"TotalBytes":{"metrics":{"Left":{"Int":6}}}}}
                            """,
                            "DHAT"
                        )
                    )
                )
            )
        );

    [Theory]
    [InlineData("a::b::c d\n- end of stdout/stderr\n  Dr: 2|N/A (*)\n")]
    [InlineData("a::b::c d\nhello\n  indented\n- end of stdout/stderr\n  Dr: 2|N/A (*)\n")]
    public void Printed_output_is_not_part_of_the_benchmark_name(string output) =>
        Assert.Equal("a::b::c d: dr 2", Text(output));

    private static string Later(string profiles, string version = "7") =>
        $$"""{"version":"{{version}}","module_path":"a::b::c","description":"(1)","group":"b","profiles":[{{profiles}}],"id":"i"}""";

    [Theory]
    [InlineData("7"), InlineData("12")]
    public void Summaries_of_version_7_and_later_hold_plain_numbers(string version) =>
        Assert.Equal(
            "a::b::c::i: instructions 5 total-bytes 6 memcheck-errors 0",
            Json(
                Later(
                    """
                    {"data":{"total":{"metrics":{"Ir":{"values":{"new":5,"old":4}},"Dr":{"values":{"old":4}},"Dw":{"values":{"new":null,"old":4}}}}},"tool":"Callgrind"},
                    {"tool":"DHAT","data":{"total":{"metrics":{"TotalBytes":{"values":{"new":6}}}}}},{"tool":"Massif","data":{}},
                    {"data":{"total":{"metrics":{"Errors":{"values":{"new":0}}}}},"tool":"Memcheck"}
                    """.ReplaceLineEndings(""),
                    version
                )
            )
        );

    [Fact]
    public void Cachegrind_metrics_have_separate_measures_when_Callgrind_ran_too()
    {
        const string Both =
            """{"data":{"total":{"metrics":{"Ir":{"values":{"new":5}}}}},"tool":"Cachegrind"},{"data":{"total":{"metrics":{"Ir":{"values":{"new":6}}}}},"tool":"Callgrind"}""";
        Assert.Equal("a::b::c::i: cachegrind-instructions 5 instructions 6", Json(Later(Both)));
        Assert.Equal("a::b::c::i: instructions 5", Json(Later(Both.Split(",{")[0])));
    }

    [Theory]
    [InlineData("5", "")]
    [InlineData("x", "")]
    [InlineData("6", ",\"function_name\":5")]
    public void A_summary_of_an_unknown_version_or_shape_is_skipped(string version, string more) =>
        Assert.Equal(Seen.Nothing, Json(Summary("", version, more: more)));

    [Fact]
    public void Summaries_are_found_among_other_lines()
    {
        var one = Summary("", id: "\"1\"");
        var spread = "  {\n" + Summary("", id: "\"2\"").Trim()[1..^1].Replace(",", ",\n    ") + "\n  }";
        Assert.Equal(
            "a::b::1:; a::b::2:",
            Json($"{{ not json }}\n{{\n{one}\nCompiling\n{spread}\n{{\"reason\":\"x\"}}")
        );
    }

    [Fact]
    public void A_multiline_summary_ends_at_the_closing_brace_of_its_own_indentation()
    {
        var spread = "{\n" + Summary("", more: ",\"details\":{\n    }").Trim()[1..^1] + "\n}\n";
        Assert.Equal("a::b::i:", Json(spread));
        Assert.Equal(Seen.Nothing, Json(" " + spread)); // No brace closes the block at its indentation.
    }

    [Fact]
    public void JSON_is_tried_before_text()
    {
        var output = $"a::b::c\n  Dr: 2|N/A {Bare}\n{Summary("")}";
        Assert.Equal("a::b::i:", Seen.In(Adapter.RustGungraun, output));
        Assert.Equal("a::b::c: dr 2", Text(output));
        Assert.Equal("a::b::c: dr 2", Seen.In(Adapter.RustGungraun, output.Replace("\"6\"", "\"5\"")));
    }
}
