using Paddock.Core.Names;

namespace Paddock.Core.Wire;

public sealed record Benchmark(
    Guid Uuid,
    Guid Project,
    string Name,
    string Slug,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
);

public sealed record NewBenchmark(BenchmarkName Name, Slug? Slug = null);

public sealed record BenchmarkPatch(BenchmarkName? Name = null, Slug? Slug = null, bool? Archived = null);
