using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Dimensions;

/// <summary>One of the four kinds of thing that identify a series. Their pages are alike.</summary>
/// <param name="Noun">The name in the path parameter and in sentences.</param>
/// <param name="About">An explanation in one line.</param>
/// <param name="Come">How such a thing is created, for an empty list.</param>
public sealed record DimensionKind(
    string Noun,
    string Plural,
    string Heading,
    string Heading1,
    ProjectTab Tab,
    string About,
    string Come
)
{
    public static readonly DimensionKind Branch = new(
        "branch",
        "branches",
        "Branches",
        "Branch",
        ProjectTab.Branches,
        "Lines of code. Each has a history of versions, which may begin from another branch.",
        "A run creates the branch that --branch names, or the one that is checked out in git."
    );

    public static readonly DimensionKind Testbed = new(
        "testbed",
        "testbeds",
        "Testbeds",
        "Testbed",
        ProjectTab.Testbeds,
        "Where benchmarks ran. Results of different testbeds are never compared.",
        "A run creates the testbed that --testbed names."
    );

    public static readonly DimensionKind Benchmark = new(
        "benchmark",
        "benchmarks",
        "Benchmarks",
        "Benchmark",
        ProjectTab.Benchmarks,
        "What was measured.",
        "A run creates the benchmarks whose names its harness printed. If a run found none, name its adapter with "
            + "--adapter."
    );

    public static readonly DimensionKind Measure = new(
        "measure",
        "measures",
        "Measures",
        "Measure",
        ProjectTab.Measures,
        "The quantities that were measured, each with its units.",
        "A run creates the measures that its adapter reads, such as latency and throughput."
    );

    public static IReadOnlyList<DimensionKind> All { get; } = [Branch, Testbed, Benchmark, Measure];

    internal Raw Table => new(Plural);

    public string List(ProjectPaths paths) =>
        this == Branch ? paths.Branches
        : this == Testbed ? paths.Testbeds
        : this == Benchmark ? paths.Benchmarks
        : paths.Measures;

    public string One(ProjectPaths paths, string slug) => $"{List(paths)}/{slug}";
}
