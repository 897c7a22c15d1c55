using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using OperatingSystem = Paddock.Core.Wire.OperatingSystem;

namespace Paddock.Server.Catalog.Specs;

internal sealed record SpecRow(
    Id<Spec> Id,
    Guid Uuid,
    string Name,
    string Slug,
    OperatingSystem Os,
    string Architecture,
    string? Sandbox,
    int Cpu,
    long Memory,
    long Disk,
    bool Network,
    DateTimeOffset? Fallback,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived,
    bool Counters,
    int? TimeoutMax
)
{
    public const int ColumnCount = 17;
    public static readonly Raw Columns = new(
        """
        specs.id, specs.uuid, specs.name, specs.slug, specs.os, specs.architecture, specs.sandbox, specs.cpu, specs.memory, specs.disk, specs.network,
        specs.fallback, specs.created, specs.modified, specs.archived, specs.counters, specs.timeout_max
        """
    );

    public static SpecRow Read(Row row) =>
        new(
            row.Id<Spec>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.Word<OperatingSystem>(),
            row.Text(),
            row.TextOrNull(),
            row.Int(),
            row.Long(),
            row.Long(),
            row.Bool(),
            row.TimeOrNull(),
            row.Time(),
            row.Time(),
            row.TimeOrNull(),
            row.Bool(),
            (int?)row.LongOrNull()
        );

    /// <summary>For a left join: null where no spec was joined.</summary>
    public static SpecRow? ReadOrNull(Row row)
    {
        if (!row.IsNull())
            return Read(row);
        row.Skip(ColumnCount - 1);
        return null;
    }

    public Spec ToWire() =>
        new(
            Uuid,
            Name,
            Slug,
            Os,
            Architecture,
            Sandbox,
            Cpu,
            Memory,
            Disk,
            Network,
            Fallback,
            Created,
            Modified,
            Archived
        )
        {
            Counters = Counters ? true : null,
            TimeoutMax = TimeoutMax,
        };
}

internal static class SpecTable
{
    private const string Noun = "spec";

    /// <exception cref="Refusal">The spec does not exist.</exception>
    public static async Task<SpecRow> GetAsync(Sql sql, ResourceId id) =>
        await sql.FirstAsync($"SELECT {SpecRow.Columns} FROM specs WHERE {id.Condition("specs")}", SpecRow.Read)
        ?? throw Refusal.NotFound(Noun, id);

    public static async Task<SpecRow?> OfAsync(Sql sql, Id<Spec>? id) =>
        id is { } key
            ? await sql.FirstAsync($"SELECT {SpecRow.Columns} FROM specs WHERE specs.id = {key}", SpecRow.Read)
            : null;

    /// <summary>The specs with these keys.</summary>
    public static async Task<Dictionary<Id<Spec>, SpecRow>> OfAsync(
        Sql sql,
        IReadOnlyCollection<Id<Spec>> ids,
        CancellationToken ct
    )
    {
        if (ids.Count == 0)
            return [];
        return (
            await sql.ListAsync($"SELECT {SpecRow.Columns} FROM specs WHERE specs.id IN {ids}", SpecRow.Read, ct)
        ).ToDictionary(spec => spec.Id);
    }

    /// <summary>A page of the specs. Unlike in projects, asking for archived ones adds them to the others.</summary>
    public static async Task<(List<SpecRow> Rows, long Total)> ListAsync(
        Sql sql,
        NamedFilter filter,
        bool byCreation,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"1 = 1{Page.Search(filter.Search, "name", "slug", "uuid")}");
        if (!filter.Archived)
            where = SqlText.Of($"{where} AND archived IS NULL");
        if (filter.Name is { } name)
            where = SqlText.Of($"{where} AND name = {name}");
        var direction = page.Direction(descendingStandard: byCreation);
        var order = byCreation
            ? SqlText.Of($"created {direction}, id {direction}")
            : SqlText.Of($"name {direction}, slug {direction}");
        var rows = await sql.ListAsync(
            $"SELECT {SpecRow.Columns} FROM specs WHERE {where} ORDER BY {order} {page.Limit}",
            SpecRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM specs WHERE {where}", ct));
    }

    public static async Task<SpecRow> CreateAsync(Sql sql, NewSpec spec, DateTimeOffset now)
    {
        var slug = await sql.FreeSlugAsync("specs", spec.Slug ?? Slug.FromName(spec.Name.Value), scope: null);
        var isFallback = spec.Fallback ?? false;
        if (isFallback)
            await ClearFallbackAsync(sql);
        return (
            await sql.FirstAsync(
                $"""
                INSERT INTO specs (uuid, name, slug, os, architecture, sandbox, cpu, memory, disk, network, fallback, counters, timeout_max, created, modified)
                VALUES ({Guid.CreateVersion7(
                    now
                )}, {spec.Name.Value}, {slug.Value}, {spec.Os}, {spec.Architecture}, {spec.Sandbox}, {spec.Cpu}, {spec.Memory},
                        {spec.Disk}, {spec.Network ?? false}, {(
                    isFallback ? now : (DateTimeOffset?)null
                )}, {spec.Counters ?? false}, {spec.TimeoutMax}, {now}, {now})
                RETURNING {SpecRow.Columns}
                """,
                SpecRow.Read
            )
        )!;
    }

    /// <summary>
    /// Changes names and status. The hardware never changes, so that history stays comparable. An archived spec is
    /// neither the fallback nor on any testbed.
    /// </summary>
    /// <exception cref="Refusal">
    /// The spec does not exist, its new slug is taken, or it is archived and would become the fallback.
    /// </exception>
    public static async Task<SpecRow> UpdateAsync(Sql sql, ResourceId id, SpecPatch patch, DateTimeOffset now)
    {
        var row = await sql.FirstAsync(
            $"SELECT {SpecRow.Columns} FROM specs WHERE {id.Condition("specs")}{sql.ForUpdateOf("specs")}",
            SpecRow.Read
        ) ?? throw Refusal.NotFound(Noun, id);
        if (
            patch.Slug is { } wanted
            && await sql.AnyAsync($"SELECT 1 FROM specs WHERE slug = {wanted.Value} AND id <> {row.Id}")
        )
            throw Refusal.Conflict($"slug: {Text.Quote(wanted.Value)} is taken by another spec");
        if (patch is { Fallback: true, Archived: null } && row.Archived is not null)
            throw Refusal.Conflict(
                $"fallback: the spec {Text.Quote(row.Name)} is archived, and an archived spec cannot be the fallback; "
                    + $"unarchive it first."
            );
        var set = SqlText.Of($"modified = {now}");
        if (patch.Name is { } name)
            set = SqlText.Of($"{set}, name = {name.Value}");
        if (patch.Counters is { } counters)
            set = SqlText.Of($"{set}, counters = {counters}");
        if (patch.TimeoutMax is { IsSet: true, Value: var timeoutMax })
            set = SqlText.Of($"{set}, timeout_max = {timeoutMax}");
        if (patch.Slug is { } slug)
            set = SqlText.Of($"{set}, slug = {slug.Value}");
        if (patch.Archived is { } archived)
            set = SqlText.Of($"{set}, archived = {(archived ? row.Archived ?? now : null)}");
        if (patch.Archived is true)
        {
            set = SqlText.Of($"{set}, fallback = NULL");
            await sql.ExecuteAsync($"UPDATE testbeds SET spec_id = NULL, modified = {now} WHERE spec_id = {row.Id}");
        }
        else if (patch.Fallback is { } fallback)
        {
            if (fallback)
                await ClearFallbackAsync(sql);
            set = SqlText.Of($"{set}, fallback = {(fallback ? now : (DateTimeOffset?)null)}");
        }
        // Clients that watch the fleet see the names of the specs that runners serve.
        if (patch.Slug is not null)
            await sql.ExecuteAsync(
                $"UPDATE runners SET revision = revision + 1 WHERE id IN (SELECT runner_id FROM runner_specs WHERE "
                    + $"spec_id = {row.Id})"
            );
        return (
            await sql.FirstAsync(
                $"UPDATE specs SET {set} WHERE id = {row.Id} RETURNING {SpecRow.Columns}",
                SpecRow.Read
            )
        )!;
    }

    /// <summary>The spec for a job that names none.</summary>
    public static Task<SpecRow?> FallbackAsync(Sql sql) =>
        sql.FirstAsync(
            $"SELECT {SpecRow.Columns} FROM specs WHERE fallback IS NOT NULL AND archived IS NULL",
            SpecRow.Read
        );

    /// <summary>Deletes the spec; testbeds and reports lose their reference to it.</summary>
    /// <exception cref="Refusal">The spec does not exist, or a runner or a job needs it.</exception>
    public static async Task DeleteAsync(Sql sql, ResourceId id)
    {
        var row = await GetAsync(sql, id);
        if (await sql.AnyAsync($"SELECT 1 FROM runner_specs WHERE spec_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict(
                $"Runners serve the spec {Text.Quote(row.Name)}; take it from them first, or archive the spec."
            );
        if (await sql.AnyAsync($"SELECT 1 FROM jobs WHERE spec_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict($"Jobs have asked for the spec {Text.Quote(row.Name)}; archive it instead.");
        if (await sql.ExecuteAsync($"DELETE FROM specs WHERE {id.Condition("specs")}") == 0)
            throw Refusal.NotFound(Noun, id);
    }

    private static async Task ClearFallbackAsync(Sql sql) =>
        await sql.ExecuteAsync($"UPDATE specs SET fallback = NULL WHERE fallback IS NOT NULL");
}
