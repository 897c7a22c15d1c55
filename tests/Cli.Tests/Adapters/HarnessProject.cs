namespace Paddock.Cli.Tests.Adapters;

/// <summary>The smallest project that the command of a harness's page can run in.</summary>
/// <param name="Needs">Programs and files without which the command cannot be run; <c>dotnet run dev.cs -- test</c>
/// installs them.</param>
/// <param name="Packages">The packages that npm installs first.</param>
/// <param name="Prepare">Runs before the command, for example to build.</param>
internal sealed record HarnessProject(
    string[] Needs,
    (string Name, string Text)[] Files,
    string[]? Packages = null,
    string? Prepare = null,
    string[]? Environment = null
)
{
    private const string Sort = "for (let i = 0; i < 100; i++) Math.sqrt(i);";

    /// <summary>
    /// The projects by adapter. If an adapter reads several tools, the key adds the tool after a space. Adapters
    /// without a project have no tool in Debian, npm, NuGet or the SDK; their pages say where the outputs are from.
    /// </summary>
    public static IReadOnlyDictionary<string, HarnessProject> All { get; } =
        new Dictionary<string, HarnessProject>
        {
            ["rust_bench"] = new(
                ["cargo"],
                [
                    ("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
                    (
                        "src/lib.rs",
                        "#![feature(test)]\nextern crate test;\n#[cfg(test)]\nmod tests {\n    #[bench]\n    fn "
                            + "nop(b: &mut test::Bencher) { b.iter(|| test::black_box(1)) }\n}\n"
                    ),
                ],
                Environment: ["RUSTC_BOOTSTRAP", "1"]
            ),
            ["go_bench"] = new(
                ["go"],
                [
                    ("go.mod", "module example.com/demo\n\ngo 1.19\n"),
                    (
                        "demo_test.go",
                        "package demo\n\nimport \"testing\"\n\nfunc BenchmarkNop(b *testing.B) {\n\tfor i := 0; i < "
                            + "b.N; i++ {\n\t}\n}\n"
                    ),
                ],
                Environment: ["GOFLAGS", "-benchtime=1ms", "GOCACHE", "/tmp/paddock-go-cache"]
            ),
            ["cpp_google"] = new(
                ["g++", "/usr/include/benchmark/benchmark.h"],
                [
                    (
                        "main.cpp",
                        "#include <benchmark/benchmark.h>\nstatic void BM_Nop(benchmark::State& s) { for (auto _ : "
                            + "s) { } }\nBENCHMARK(BM_Nop)->MinTime(0.01);\nBENCHMARK_MAIN();\n"
                    ),
                ],
                Prepare: "g++ -O1 main.cpp -lbenchmark -lpthread -o benchmarks"
            ),
            ["cpp_catch2"] = new(
                ["g++", "/usr/include/catch2/catch.hpp"],
                [
                    (
                        "main.cpp",
                        "#define CATCH_CONFIG_MAIN\n#define CATCH_CONFIG_ENABLE_BENCHMARKING\n#include "
                            + "<catch2/catch.hpp>\nTEST_CASE(\"Sorting\") { BENCHMARK(\"nop\") { return 1; }; }\n"
                    ),
                ],
                Prepare: "g++ -O0 main.cpp -o benchmarks"
            ),
            ["js_time"] = new(["node"], [("bench.js", "console.time('nop'); " + Sort + " console.timeEnd('nop');")]),
            ["js_benchmark"] = new(
                ["node", "npm"],
                [
                    (
                        "bench.js",
                        "new (require('benchmark').Suite)().add('sort', () => { "
                            + Sort
                            + " }, { maxTime: 0.1 }).on('cycle', e => console.log(String(e.target))).run();"
                    ),
                ],
                Packages: ["benchmark@2.1.4"]
            ),
            ["js_vitest"] = new(
                ["node", "npm"],
                [
                    ("package.json", "{ \"type\": \"module\" }"),
                    (
                        "sort.bench.js",
                        "import { describe, test } from 'vitest';\ndescribe('sort', () => { test('numbers', async ({ "
                            + "bench }) => { await bench('nop', { time: 20, iterations: 10, warmupTime: 5, "
                            + "warmupIterations: 1 }, () => { "
                            + Sort
                            + " }).run(); }); });\n"
                    ),
                ],
                Packages: ["vitest@5.1.1"]
            ),
            ["js_mitata"] = new(
                ["node", "npm"],
                [
                    (
                        "bench.mjs",
                        "import { bench, run } from 'mitata';\nbench('nop', () => { "
                            + Sort
                            + " });\nawait run({ format: 'json' });\n"
                    ),
                ],
                Packages: ["mitata@1.0.34"]
            ),
            ["js_tinybench"] = new(
                ["node", "npm"],
                [
                    (
                        "bench.mjs",
                        "import { Bench } from 'tinybench';\nconst bench = new Bench({ time: 20, warmupTime: 5 "
                            + "}).add('nop', () => { "
                            + Sort
                            + " });\nawait bench.run();\nconsole.log(JSON.stringify(bench.tasks.map(({ name, result "
                            + "}) => ({ name, result }))));\n"
                    ),
                ],
                Packages: ["tinybench@6.2.3"]
            ),
            ["python_pytest"] = new(
                ["/usr/bin/pytest-3", "/usr/lib/python3/dist-packages/pytest_benchmark/__init__.py"],
                [
                    ("test_demo.py", "def test_nop(benchmark): benchmark(lambda: 1)\n"),
                    ("pytest.ini", "[pytest]\naddopts = --benchmark-max-time=0.05\n"),
                ],
                Prepare: "ln -s /usr/bin/pytest-3 pytest"
            ),
            ["junit_xml"] = new(
                ["/usr/bin/pytest-3"],
                [("test_demo.py", "def test_nop(): pass\ndef test_wrong(): assert False\n")],
                Prepare: "ln -s /usr/bin/pytest-3 pytest"
            ),
            ["ruby_benchmark"] = new(
                ["ruby"],
                [("bench.rb", "require 'benchmark'\nBenchmark.bm(7) { |x| x.report('nop:') { 1000.times { } } }\n")]
            ),
            ["ruby_benchmark benchmark-ips"] = new(
                ["ruby", "/usr/lib/ruby/vendor_ruby/benchmark/ips.rb"],
                [
                    (
                        "bench.rb",
                        "require 'benchmark/ips'\nBenchmark.ips { |x| x.config(time: 0.1, warmup: 0.05); "
                            + "x.report('nop') { 1 + 2 }; x.report('a name too long for its column') { '1' * 9 } }\n"
                    ),
                ]
            ),
            // Runs in process and with few iterations: by default, BenchmarkDotNet builds a project for each benchmark.
            ["c_sharp_dot_net"] = new(
                ["dotnet"],
                [
                    (
                        "demo.csproj",
                        """
                        <Project Sdk="Microsoft.NET.Sdk">
                          <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                          <ItemGroup><PackageReference Include="BenchmarkDotNet" Version="0.14.0" /></ItemGroup>
                        </Project>
                        """
                    ),
                    (
                        "Program.cs",
                        """
                        using BenchmarkDotNet.Attributes;
                        using BenchmarkDotNet.Running;
                        BenchmarkSwitcher.FromAssembly(typeof(Demo.Sorting).Assembly).Run(args);
                        namespace Demo
                        {
                            [InProcess, MemoryDiagnoser, IterationCount(3), WarmupCount(1), InvocationCount(16), IterationTime(1)]
                            public class Sorting
                            {
                                [Params(10, 100)] public int Size;
                                [Benchmark] public int[] Sort() { var numbers = new int[Size]; System.Array.Sort(numbers); return numbers; }
                            }
                        }
                        """
                    ),
                ],
                Environment: ["MSBUILDDISABLENODEREUSE", "1", "UseSharedCompilation", "false"]
            ), // No build server stays behind.
            ["shell_hyperfine"] = new(["hyperfine"], []),
            ["wrk"] = new(["wrk"], [("page.html", "hello\n")]),
            ["json"] = new(
                ["bash"],
                [],
                Prepare: "printf '#!/bin/sh\\necho "
                    + "\"{\\\\\"a\\\\\":{\\\\\"latency\\\\\":{\\\\\"value\\\\\":1}}}\"\\n' > benchmarks; chmod +x "
                    + "benchmarks"
            ),
            ["pattern"] = new(
                ["bash"],
                [],
                Prepare: "printf '#!/bin/sh\\necho chatter\\necho job sort: 12.5 ms\\n' > benchmarks; chmod +x "
                    + "benchmarks"
            ),
        };

    /// <summary>The first program or file that this machine lacks; null when everything is installed.</summary>
    public string? Missing => Needs.FirstOrDefault(need => !(need[0] == '/' ? File.Exists(need) : IsOnPath(need)));

    private static bool IsOnPath(string program) =>
        System
            .Environment.GetEnvironmentVariable("PATH")!
            .Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
