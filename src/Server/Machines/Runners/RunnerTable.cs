using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Machines.Runners;

internal static class RunnerTable
{
    private const string Noun = "runner";

    /// <summary>The label of a shared runner that also takes jobs of unclaimed organizations.</summary>
    public const string AnybodyLabel = "anybody";

    /// <summary>The SQL expression that is 1 for a runner with the label <see cref="AnybodyLabel"/>.</summary>
    public static readonly Raw TakesAnybodys = new(
        $"CASE WHEN EXISTS (SELECT 1 FROM runner_labels WHERE runner_labels.runner_id = runners.id AND "
            + $"runner_labels.label = '{AnybodyLabel}') THEN 1 ELSE 0 END"
    );

    /// <summary>The SQL assignment for every update that watchers of the fleet should see.</summary>
    public static readonly Raw Revised = new("revision = revision + 1");

    /// <summary>Counts up a runner's revision after a change to something that belongs to it.</summary>
    public static Task ReviseAsync(Sql sql, Id<Runner> runnerId) =>
        sql.ExecuteAsync($"UPDATE runners SET {Revised} WHERE id = {runnerId}");

    public static Task<RunnerRow?> FindAsync(Sql sql, ResourceId id, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {RunnerRow.Columns} FROM runners WHERE {id.Condition("runners")}", RunnerRow.Read, ct);

    public static Task<RunnerRow?> FindAsync(Sql sql, Id<Runner> id, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {RunnerRow.Columns} FROM runners WHERE id = {id}", RunnerRow.Read, ct);

    /// <exception cref="Refusal">The runner does not exist.</exception>
    public static async Task<RunnerRow> GetAsync(Sql sql, ResourceId id, CancellationToken ct = default) =>
        await FindAsync(sql, id, ct) ?? throw Refusal.NotFound(Noun, id);

    public static async Task<(List<RunnerView> Rows, long Total)> ListAsync(
        Sql sql,
        NamedFilter filter,
        bool byCreation,
        Page page,
        CancellationToken ct
    )
    {
        // As with specs, the filter for archived runners adds them to the list.
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
            $"SELECT {RunnerRow.Columns} FROM runners WHERE {where} ORDER BY {order} {page.Limit}",
            RunnerRow.Read,
            ct
        );
        return (
            await ViewsAsync(sql, rows, ct),
            await sql.NumberAsync($"SELECT count(*) FROM runners WHERE {where}", ct)
        );
    }

    public static async Task<RunnerView> ViewAsync(Sql sql, RunnerRow row, CancellationToken ct = default) =>
        (await ViewsAsync(sql, [row], ct))[0];

    /// <summary>Reads everything that belongs to these runners, in four queries for any number of runners.</summary>
    public static async Task<List<RunnerView>> ViewsAsync(Sql sql, List<RunnerRow> runners, CancellationToken ct)
    {
        if (runners.Count == 0)
            return [];
        long[] ids = [.. runners.Select(runner => runner.Id)];
        var specs = (
            await sql.ListAsync(
                $"SELECT runner_specs.runner_id, specs.uuid FROM runner_specs JOIN specs ON specs.id = "
                    + $"runner_specs.spec_id WHERE runner_specs.runner_id IN {ids} ORDER BY runner_specs.id",
                row => (Runner: row.Id<Runner>(), Spec: row.Uuid()),
                ct
            )
        ).ToLookup(found => found.Runner, found => found.Spec);
        var slots = (
            await sql.ListAsync(
                $"""
                SELECT runner_slots.runner_id, runner_slots.slot, CASE WHEN runner_slots.channel IS NULL THEN 0 ELSE 1 END, jobs.uuid
                FROM runner_slots LEFT JOIN jobs ON jobs.id = runner_slots.job_id WHERE runner_slots.runner_id IN {ids} ORDER BY runner_slots.runner_id, runner_slots.slot
                """,
                row => new SlotRow(row.Id<Runner>(), row.Int(), row.Long() == 1, row.UuidOrNull()),
                ct
            )
        ).ToLookup(slot => slot.RunnerId);
        var labels = (
            await sql.ListAsync(
                $"SELECT runner_id, label FROM runner_labels WHERE runner_id IN {ids} ORDER BY runner_id, label",
                row => (Runner: row.Id<Runner>(), Label: row.Text()),
                ct
            )
        ).ToLookup(found => found.Runner, found => found.Label);
        var organizations = (
            await sql.ListAsync(
                $"SELECT runners.id, organizations.uuid FROM runners JOIN organizations ON organizations.id = "
                    + $"runners.organization_id WHERE runners.id IN {ids}",
                row => (Runner: row.Id<Runner>(), Uuid: row.Uuid()),
                ct
            )
        ).ToDictionary(found => found.Runner, found => (Guid?)found.Uuid);
        return runners.ConvertAll(runner => new RunnerView(
            runner,
            organizations.GetValueOrDefault(runner.Id),
            [.. labels[runner.Id]],
            [.. specs[runner.Id]],
            [.. slots[runner.Id]]
        ));
    }

    /// <returns>The runner, and its key, which is returned only this once.</returns>
    /// <exception cref="Refusal">The slug is taken. For a runner the server does not generate another one.</exception>
    public static async Task<(Guid Uuid, string Key)> CreateAsync(Sql sql, NewRunner runner, DateTimeOffset now)
    {
        var (uuid, key, slug) = (
            Guid.CreateVersion7(now),
            KeyText.Make(KeyText.RunnerPrefix),
            runner.Slug ?? Slug.FromName(runner.Name.Value)
        );
        if (await sql.AnyAsync($"SELECT 1 FROM runners WHERE slug = {slug.Value}"))
            throw SlugTaken(slug);
        var id = await sql.InsertAsync<Runner>(
            $"""
            INSERT INTO runners (uuid, name, slug, key_hash, draining, agent_policy, revision, created, modified)
            VALUES ({uuid}, {runner.Name.Value}, {slug.Value}, {KeyText.Hash(key)}, {false}, 'never', 1, {now}, {now})
            """
        );
        await sql.ExecuteAsync($"INSERT INTO runner_slots (runner_id, slot, kind) VALUES ({id}, 0, 'benchmark')");
        return (uuid, key);
    }

    public static async Task<RunnerRow> UpdateAsync(Sql sql, ResourceId id, RunnerPatch patch, DateTimeOffset now)
    {
        var row = await LockAsync(sql, id);
        if (
            patch.Slug is { } wanted
            && await sql.AnyAsync($"SELECT 1 FROM runners WHERE slug = {wanted.Value} AND id <> {row.Id}")
        )
            throw SlugTaken(wanted);
        var set = SqlText.Of($"{Revised}, modified = {now}");
        if (patch.Name is { } name)
            set = SqlText.Of($"{set}, name = {name.Value}");
        if (patch.Slug is { } slug)
            set = SqlText.Of($"{set}, slug = {slug.Value}");
        if (patch.Archived is { } archived)
            set = SqlText.Of($"{set}, archived = {(archived ? row.Archived ?? now : null)}");
        if (patch.Maintenance.IsSet)
            set = SqlText.Of($"{set}, maintenance = {patch.Maintenance.Value?.Reason}");
        if (patch.Slots.IsSet)
            set = SqlText.Of($"{set}, slots = {patch.Slots.Value}");
        if (patch.Organization.IsSet)
            set = SqlText.Of($"{set}, organization_id = {await OrganizationAsync(sql, patch.Organization.Value)}");
        if (patch.Labels is { } labels)
            await LabelAsync(sql, row.Id, labels);
        var changed = (
            await sql.FirstAsync(
                $"UPDATE runners SET {set} WHERE id = {row.Id} RETURNING {RunnerRow.Columns}",
                RunnerRow.Read
            )
        )!;
        await new Signal.Runner(row.Id, row.OrganizationId ?? default).SendAsync(sql);
        return changed;
    }

    private static async Task<Id<Organization>?> OrganizationAsync(Sql sql, ResourceId? id) =>
        id is not { } organization
            ? null
            : (
                await OrganizationTable.FindAsync(sql, organization)
                ?? throw Refusal.NotFound("organization", organization)
            ).Id;

    private static async Task LabelAsync(Sql sql, Id<Runner> runnerId, IReadOnlyList<string> labels)
    {
        await sql.ExecuteAsync($"DELETE FROM runner_labels WHERE runner_id = {runnerId}");
        foreach (var label in labels.Distinct(StringComparer.Ordinal))
            await sql.ExecuteAsync($"INSERT INTO runner_labels (runner_id, label) VALUES ({runnerId}, {label})");
    }

    /// <summary>Archives the runners of a deleted organization: nobody else may use its machines.</summary>
    public static async Task ArchiveOfAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now)
    {
        var runners = await sql.ListAsync(
            $"UPDATE runners SET archived = {now}, {Revised}, modified = {now} WHERE organization_id = "
                + $"{organizationId} AND archived IS NULL RETURNING id",
            row => row.Id<Runner>()
        );
        foreach (var runner in runners)
            await new Signal.Runner(runner, organizationId).SendAsync(sql);
    }

    /// <summary>Gives a runner a new key; the old key stops working at once.</summary>
    public static async Task<(Guid Uuid, string Key)> RotateAsync(Sql sql, ResourceId id, DateTimeOffset now)
    {
        var row = await LockAsync(sql, id);
        if (row.Archived is not null)
            throw Refusal.Conflict(
                $"The runner {Text.Quote(row.Name)} is archived; unarchive it before it gets a new key."
            );
        var key = KeyText.Make(KeyText.RunnerPrefix);
        await sql.ExecuteAsync(
            $"UPDATE runners SET key_hash = {KeyText.Hash(key)}, {Revised}, modified = {now} WHERE id = {row.Id}"
        );
        await new Signal.Runner(row.Id, row.OrganizationId ?? default).SendAsync(sql);
        return (row.Uuid, key);
    }

    /// <exception cref="Refusal">The runner has executed jobs, which refer to it.</exception>
    public static async Task DeleteAsync(Sql sql, ResourceId id)
    {
        var row = await LockAsync(sql, id);
        if (await sql.AnyAsync($"SELECT 1 FROM jobs WHERE runner_id = {row.Id} LIMIT 1"))
            throw Refusal.Conflict(
                $"The runner {Text.Quote(row.Name)} has executed jobs, which refer to it; archive it instead."
            );
        await sql.ExecuteAsync($"DELETE FROM runners WHERE id = {row.Id}");
        await new Signal.Runner(row.Id, row.OrganizationId ?? default).SendAsync(sql);
    }

    public static Task<List<SpecRow>> SpecsAsync(Sql sql, Id<Runner> runnerId, CancellationToken ct) =>
        sql.ListAsync(
            $"SELECT {SpecRow.Columns} FROM runner_specs JOIN specs ON specs.id = runner_specs.spec_id WHERE "
                + $"runner_specs.runner_id = {runnerId} ORDER BY runner_specs.id",
            SpecRow.Read,
            ct
        );

    public static async Task<SpecRow> AddSpecAsync(Sql sql, ResourceId id, ResourceId specId)
    {
        var (row, spec) = (await LockAsync(sql, id), await SpecTable.GetAsync(sql, specId));
        if (
            await sql.ExecuteAsync(
                $"INSERT INTO runner_specs (runner_id, spec_id) VALUES ({row.Id}, {spec.Id}) ON CONFLICT DO NOTHING"
            ) == 0
        )
            throw Refusal.Conflict(
                $"The runner {Text.Quote(row.Name)} serves the spec {Text.Quote(spec.Name)} already."
            );
        await ReviseAsync(sql, row.Id);
        await new Signal.Runner(row.Id, row.OrganizationId ?? default).SendAsync(sql);
        return spec;
    }

    public static async Task RemoveSpecAsync(Sql sql, ResourceId id, ResourceId specId)
    {
        var (row, spec) = (await LockAsync(sql, id), await SpecTable.GetAsync(sql, specId));
        if (await sql.ExecuteAsync($"DELETE FROM runner_specs WHERE runner_id = {row.Id} AND spec_id = {spec.Id}") == 0)
            throw Refusal.NotFound("spec of this runner", specId);
        await ReviseAsync(sql, row.Id);
        await new Signal.Runner(row.Id, row.OrganizationId ?? default).SendAsync(sql);
    }

    private static async Task<RunnerRow> LockAsync(Sql sql, ResourceId id) =>
        await sql.FirstAsync(
            $"SELECT {RunnerRow.Columns} FROM runners WHERE {id.Condition("runners")}{sql.ForUpdateOf("runners")}",
            RunnerRow.Read
        ) ?? throw Refusal.NotFound(Noun, id);

    private static Refusal SlugTaken(Slug slug) =>
        Refusal.Conflict($"slug: {Text.Quote(slug.Value)} is taken by another runner");
}
