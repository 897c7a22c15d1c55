using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// The content of a plot: every combination of these, in this order, that has data. UUIDs keep a shared plot valid
/// after renaming.
/// </summary>
/// <param name="Heads">The heads of the branches, by position; null or missing means the current head.</param>
/// <param name="Specs">The specs of the testbeds, by position; null or missing means any spec.</param>
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
    /// <summary>The maximum number of combinations; only the first ones are drawn.</summary>
    public const int SeriesMax = 255;

    /// <summary>The selected combinations. A page that lets the reader hide lines loads all of them.</summary>
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
    /// Like <see cref="Of"/>, for a page where the reader is still choosing: a missing dimension is empty.
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

    /// <summary>True if each of the four dimensions has an entry, so that there can be a line.</summary>
    public bool IsComplete => Branches.Count > 0 && Testbeds.Count > 0 && Benchmarks.Count > 0 && Measures.Count > 0;

    public bool IsEmpty => Branches.Count == 0 && Testbeds.Count == 0 && Benchmarks.Count == 0 && Measures.Count == 0;
}
