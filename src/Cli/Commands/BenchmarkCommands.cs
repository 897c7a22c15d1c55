using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class BenchmarkCommands
{
    private const string All = "/v0/projects/{project}/benchmarks",
        One = All + "/{benchmark}";

    public static Command Create() =>
        new("benchmark")
        {
            Call.List<Benchmark>(
                All,
                Access.Public,
                "List the benchmarks of a project.",
                Filter.Name<BenchmarkName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name")
            ),
            Call.Create<Benchmark>(
                All,
                "Create a benchmark.",
                Field.Text<BenchmarkName>("--name", "Its name.").Required(),
                Field.Slug
            ),
            Call.View<Benchmark>(One, Access.Public, "Show a benchmark."),
            Call.Update<Benchmark>(
                One,
                "Change a benchmark.",
                Field.Text<BenchmarkName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Archived("benchmark")
            ),
            Call.Delete(One, "Delete a benchmark that has no results."),
        };
}
