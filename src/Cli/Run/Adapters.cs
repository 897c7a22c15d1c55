namespace Paddock.Cli.Run;

internal static class Adapters
{
    /// <summary>
    /// The adapters that a command line may name. The server accepts further ones from older clients.
    /// </summary>
    public static readonly string[] Offered =
    [
        "magic",
        "json",
        "rust_bench",
        "rust_criterion",
        "rust_iai",
        "rust_gungraun",
        "cpp_google",
        "cpp_catch2",
        "go_bench",
        "java_jmh",
        "c_sharp_dot_net",
        "js_benchmark",
        "js_time",
        "js_vitest",
        "python_asv",
        "python_pytest",
        "ruby_benchmark",
        "shell_hyperfine",
        "dart_benchmark_harness",
        "js_mitata",
        "js_tinybench",
        "rust_divan",
        "python_pyperf",
        "k6_summary",
        "wrk",
        "oha",
        "junit_xml",
        "swift_package_benchmark",
        "pattern",
    ];
}
