using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;

namespace Paddock.Server.Benchmarks;

internal sealed record BenchmarkRow(long Id, Guid Uuid, string Name, string Slug, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
{
    public static readonly Raw Columns = new(
        "benchmarks.id, benchmarks.uuid, benchmarks.name, benchmarks.slug, benchmarks.created, benchmarks.modified, benchmarks.archived");

    public static BenchmarkRow Read(Row row) => new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.Time(), row.Time(), row.TimeOrNull());

    public Benchmark ToWire(ProjectRow project) => new(Uuid, project.Uuid, Name, Slug, Created, Modified, Archived);
}
