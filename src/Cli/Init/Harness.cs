using Paddock.Core.Adapters;

namespace Paddock.Cli.Init;

/// <summary>How the benchmarks of a folder are run and read.</summary>
/// <param name="File">The file, or the file pattern, into which the command writes its results; null when it prints
/// them.</param>
internal sealed record Harness(Adapter Adapter, string Command, string? File = null)
{
    private const int FilesMax = 1000;

    /// <summary>
    /// Guesses the harness from the build system's files and their dependencies; null when they do not tell.
    /// </summary>
    public static Harness? Of(string folder)
    {
        if (Text("Cargo.toml") is { } cargo)
            return new(
                Has(cargo, "gungraun") ? Adapter.RustGungraun
                    : Has(cargo, "iai") ? Adapter.RustIai
                    : Has(cargo, "divan") ? Adapter.RustDivan
                    : Has(cargo, "criterion") ? Adapter.RustCriterion
                    : Adapter.RustBench,
                "cargo bench"
            );
        if (Text("go.mod") is not null)
            return new(Adapter.GoBench, "go test -run '^$' -bench . ./...");
        if (Text("asv.conf.json") is not null)
            return new(Adapter.PythonAsv, "asv run");
        if ((Text("pyproject.toml") ?? Text("requirements.txt")) is { } python && Has(python, "pytest-benchmark"))
            return new(
                Adapter.PythonPytest,
                "pytest --benchmark-only --benchmark-json=benchmarks.json",
                "benchmarks.json"
            );
        if (Text("package.json") is { } node && Has(node, "\"bench\""))
            return new(
                Has(node, "mitata") ? Adapter.JsMitata
                    : Has(node, "tinybench") ? Adapter.JsTinybench
                    : Has(node, "vitest") ? Adapter.JsVitest
                    : Has(node, "\"benchmark\"") ? Adapter.JsBenchmark
                    : Adapter.Magic,
                "npm run --silent bench"
            );
        return
            Projects().FirstOrDefault(project => Read(project) is { } text && Has(text, "BenchmarkDotNet"))
                is { } dotNet
            ? new(
                Adapter.CSharpDotNet,
                $"dotnet run -c Release --project '{Path.GetRelativePath(folder, dotNet)}' -- --filter '*' --exporters "
                    + "jsonfullcompressed",
                "BenchmarkDotNet.Artifacts/results/*-report-full-compressed.json"
            )
            : null;

        string? Text(string name) => Read(Path.Combine(folder, name));

        IEnumerable<string> Projects() =>
            Directory
                .EnumerateFiles(
                    folder,
                    "*.csproj",
                    new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }
                )
                .Take(FilesMax)
                .Order(StringComparer.Ordinal);
    }

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.Ordinal);

    private static string? Read(string path)
    {
        try
        {
            return System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
