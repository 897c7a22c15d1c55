using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// What a plot shows: every combination of these, in this order, that has data. UUIDs, so that a shared plot survives
/// renaming.
/// </summary>
/// <param name="Heads">Beside the branches; null or missing means the current head.</param>
/// <param name="Specs">Beside the testbeds; null or missing means whatever the spec.</param>
internal sealed record PerfQuery(
    IReadOnlyList<Guid> Branches,
    IReadOnlyList<Guid?> Heads,
    IReadOnlyList<Guid> Testbeds,
    IReadOnlyList<Guid?> Specs,
    IReadOnlyList<Guid> Benchmarks,
    IReadOnlyList<Guid> Measures,
    DateTimeOffset? StartTime,
    DateTimeOffset? EndTime
)
{
    /// <summary>More combinations than this are not drawn: the first ones are.</summary>
    public const int SeriesMax = 255;

    /// <summary>Which of the combinations are wanted; a page that offers to hide lines has all of them.</summary>
    public LineChoice Choice { get; init; } = LineChoice.All;

    public static PerfQuery Of(Call call) =>
        new(
            call.QueryUuids("branches"),
            call.QueryOptionalUuids("heads"),
            call.QueryUuids("testbeds"),
            call.QueryOptionalUuids("specs"),
            call.QueryUuids("benchmarks"),
            call.QueryUuids("measures"),
            call.QueryMilliseconds("start_time"),
            call.QueryMilliseconds("end_time")
        )
        {
            Choice = LineChoice.Of(call),
        };

    /// <summary>
    /// As <see cref="Of"/>, for a page where somebody is still choosing: a dimension that is not there is empty.
    /// </summary>
    public static PerfQuery OfUnfinished(Call call) =>
        new(
            call.QueryOptionalUuids("branches").OfType<Guid>().ToList(),
            call.QueryOptionalUuids("heads"),
            call.QueryOptionalUuids("testbeds").OfType<Guid>().ToList(),
            call.QueryOptionalUuids("specs"),
            call.QueryOptionalUuids("benchmarks").OfType<Guid>().ToList(),
            call.QueryOptionalUuids("measures").OfType<Guid>().ToList(),
            call.QueryMilliseconds("start_time"),
            call.QueryMilliseconds("end_time")
        );

    /// <summary>Whether each of the four dimensions has something in it, so that there can be a line.</summary>
    public bool IsComplete => Branches.Count > 0 && Testbeds.Count > 0 && Benchmarks.Count > 0 && Measures.Count > 0;

    public bool IsEmpty => Branches.Count == 0 && Testbeds.Count == 0 && Benchmarks.Count == 0 && Measures.Count == 0;
}
