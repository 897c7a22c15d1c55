using Paddock.Core.Wire;
using Paddock.Server.Database;
using OperatingSystem = Paddock.Core.Wire.OperatingSystem;

namespace Paddock.Server.Specs;

internal sealed record SpecRow(
    long Id, Guid Uuid, string Name, string Slug, OperatingSystem Os, string Architecture, string? Sandbox, int Cpu, long Memory, long Disk, bool Network,
    DateTimeOffset? Fallback, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Archived)
{
    public const int ColumnCount = 15;
    public static readonly Raw Columns = new("""
        specs.id, specs.uuid, specs.name, specs.slug, specs.os, specs.architecture, specs.sandbox, specs.cpu, specs.memory, specs.disk, specs.network,
        specs.fallback, specs.created, specs.modified, specs.archived
        """);

    public static SpecRow Read(Row row) => new(
        row.Long(), row.Uuid(), row.Text(), row.Text(), row.Word<OperatingSystem>(), row.Text(), row.TextOrNull(), row.Int(), row.Long(), row.Long(), row.Bool(),
        row.TimeOrNull(), row.Time(), row.Time(), row.TimeOrNull());

    /// <summary>For a left join: null where no spec was joined.</summary>
    public static SpecRow? ReadOrNull(Row row)
    {
        if (!row.IsNull()) return Read(row);
        row.Skip(ColumnCount - 1);
        return null;
    }

    public Spec ToWire() => new(Uuid, Name, Slug, Os, Architecture, Sandbox, Cpu, Memory, Disk, Network, Fallback, Created, Modified, Archived);
}
