using System.Text.Json.Serialization;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>
/// The harness that printed an output. The members without a tool's name are accepted from older clients and mean
/// <see cref="Magic"/>.
/// </summary>
[JsonConverter(typeof(WordConverter<Adapter>))]
public enum Adapter
{
    Magic,
    Json,
    Rust,
    RustBench,
    RustCriterion,
    RustIai,
    RustGungraun,
    RustGungraunStdout,
    RustGungraunJson,
    Cpp,
    CppGoogle,
    CppCatch2,
    Go,
    GoBench,
    Java,
    JavaJmh,
    CSharp,
    CSharpDotNet,
    Js,
    JsBenchmark,
    JsTime,
    JsVitest,
    Python,
    PythonAsv,
    PythonPytest,
    Ruby,
    RubyBenchmark,
    Shell,
    ShellHyperfine,
    Dart,
    DartBenchmarkHarness,

    // Paddock additions; other servers do not have them.
    JsMitata,
    JsTinybench,
    RustDivan,
    PythonPyperf,
    K6Summary,
    Wrk,
    Oha,
    JunitXml,
    SwiftPackageBenchmark,
    Pattern,
}

/// <summary>The average of a harness that is recorded as the value.</summary>
[JsonConverter(typeof(WordConverter<Average>))]
public enum Average
{
    Mean,
    Median,
}

/// <summary>The way in which several results become one.</summary>
[JsonConverter(typeof(WordConverter<Fold>))]
public enum Fold
{
    Min,
    Max,
    Mean,
    Median,
}
