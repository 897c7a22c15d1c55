using Microsoft.AspNetCore.WebUtilities;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Changes;

/// <summary>The filters of a list of changes, as its form has them.</summary>
public sealed record ChangeSearch(
    ChangeState? State,
    ChangeVerdict? Verdict,
    string? Branch,
    string? Testbed,
    string? Benchmark,
    string? Measure
)
{
    public bool IsEmpty => this == new ChangeSearch(null, null, null, null, null, null);

    internal static ChangeSearch Of(Call call) =>
        new(
            Word<ChangeState>(call, "state"),
            Word<ChangeVerdict>(call, "verdict"),
            Given(call, "branch"),
            Given(call, "testbed"),
            Given(call, "benchmark"),
            Given(call, "measure")
        );

    /// <exception cref="Refusal">A filter is invalid.</exception>
    internal ChangeFilter Filter(Call call) =>
        new(
            Branch is null ? null : call.QueryNameId<BranchName>("branch"),
            Testbed is null ? null : call.QueryNameId<ResourceName>("testbed"),
            Benchmark is null ? null : call.QueryNameId<BenchmarkName>("benchmark"),
            Measure is null ? null : call.QueryNameId<ResourceName>("measure"),
            State,
            Verdict,
            ByCreation: false
        )
        {
            OpenFirst = true,
        };

    // A form submits its empty fields, too.
    internal static string? Given(Call call, string name) => call.Query(name) is { Length: > 0 } text ? text : null;

    private static T? Word<T>(Call call, string name)
        where T : struct, Enum => Given(call, name) is null ? null : call.QueryWord<T>(name);

    /// <summary>The query parameters of these filters.</summary>
    internal IEnumerable<KeyValuePair<string, string?>> Parameters =>
        [
            new("state", State is { } state ? Words<ChangeState>.Of(state) : null),
            new("verdict", Verdict is { } verdict ? Words<ChangeVerdict>.Of(verdict) : null),
            new("branch", Branch),
            new("testbed", Testbed),
            new("benchmark", Benchmark),
            new("measure", Measure),
        ];

    /// <summary>The address of the list with these filters.</summary>
    internal string AddressOf(ProjectPaths paths) =>
        QueryHelpers.AddQueryString(paths.Changes, Parameters.Where(parameter => parameter.Value is not null));
}
