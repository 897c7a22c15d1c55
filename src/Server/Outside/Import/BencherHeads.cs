using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>The heads of a project's branches with their versions; maps Bencher's keys to Paddock's.</summary>
internal sealed class BencherHeads
{
    public Dictionary<long, long> Heads { get; private set; } = [];
    public Dictionary<long, long> Versions { get; } = [];

    public static async Task<BencherHeads> ImportAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        Dictionary<long, long> branches
    )
    {
        var (heads, of) = (new BencherHeads(), ("@project", project.Theirs));
        var fresh = await heads.HeadsAsync(sql, file, project, branches);
        await heads.VersionsAsync(sql, file, of);
        await heads.HistoriesAsync(sql, file, of, fresh);
        return heads;
    }

    private async Task<List<long>> HeadsAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        Dictionary<long, long> branches
    )
    {
        var theirs = file.List(
            """
            SELECT head.id, head.uuid, branch_id, head.created, replaced, branch.head_id = head.id FROM head JOIN branch ON branch.id = head.branch_id
            WHERE branch.project_id = @project ORDER BY head.id
            """,
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Branch: row.Long(),
                    Created: row.Long(),
                    Replaced: row.LongOrNull(),
                    IsCurrent: row.LongOrNull() == 1
                ),
            ("@project", project.Theirs)
        );
        var known = await ImportedRows.KnownAsync(sql, "heads", [.. theirs.Select(one => one.Uuid)], project.Ours.Id);
        Heads = await ImportedRows.MapAsync(sql, known, theirs.ConvertAll(one => (one.Id, one.Uuid)), i =>
            theirs[i] is var one
                ? SqlText.Of(
                    $"INSERT INTO heads (uuid, branch_id, created, replaced) VALUES ({one.Uuid}, "
                        + $"{branches[one.Branch]}, {one.Created}, {one.Replaced})"
                )
                : SqlText.Empty
        );
        var fresh = theirs.FindAll(one => !known.ContainsKey(one.Uuid));
        if (fresh.Count > 0)
            await sql.ExecuteEachAsync([
                .. fresh
                    .Where(one => one.IsCurrent)
                    .Select(one =>
                        SqlText.Of($"UPDATE branches SET head_id = {Heads[one.Id]} WHERE id = {branches[one.Branch]}")
                    ),
            ]);
        return fresh.ConvertAll(one => one.Id);
    }

    // In Bencher a version belongs to the project and is seen by heads. In Paddock it belongs to the head on which it
    // was created, the first that saw it.
    private async Task VersionsAsync(Sql sql, BencherFile file, (string, long) of)
    {
        var theirs = file.List(
                """
                SELECT version.id, version.number, version.hash, (SELECT head_id FROM head_version WHERE version_id = version.id ORDER BY head_version.id LIMIT 1)
                FROM version WHERE project_id = @project ORDER BY version.id
                """,
                row => (Id: row.Long(), Number: row.Long(), Hash: row.TextOrNull(), Head: row.LongOrNull()),
                of
            )
            .FindAll(one => one.Head is not null);
        var known = (
            await sql.ListAsync(
                $"SELECT head_id, number, hash, id FROM versions WHERE head_id IN {Heads.Values}",
                row => ((row.Long(), row.Long(), row.TextOrNull()), row.Long())
            )
        ).ToLookup(pair => pair.Item1, pair => pair.Item2);
        (long, long, string?) KeyOf((long Id, long Number, string? Hash, long? Head) one) =>
            (Heads[one.Head!.Value], one.Number, one.Hash);
        var missing = theirs.FindAll(one => !known.Contains(KeyOf(one)));
        foreach (var one in theirs.Except(missing))
            Versions[one.Id] = known[KeyOf(one)].First();
        if (missing.Count == 0)
            return;
        var made = await sql.EachAsync(
            [
                .. missing.Select(one =>
                    SqlText.Of(
                        $"INSERT INTO versions (head_id, number, hash) VALUES ({Heads[one.Head!.Value]}, "
                            + $"{one.Number}, {one.Hash}) RETURNING id"
                    )
                ),
            ],
            row => row.Long()
        );
        for (var i = 0; i < missing.Count; i++)
            Versions[missing[i].Id] = made[i];
    }

    // The versions that a head sees of another head are a range, because a new head takes over a history up to its
    // start point.
    private async Task HistoriesAsync(Sql sql, BencherFile file, (string, long) of, List<long> fresh)
    {
        if (fresh.Count == 0)
            return;
        var owners = new Dictionary<long, long>();
        var seen = file.List(
            """
            SELECT head_version.head_id, head_version.version_id FROM head_version JOIN version ON version.id = head_version.version_id
            WHERE version.project_id = @project ORDER BY head_version.id
            """,
            row => (Head: row.Long(), Version: row.Long()),
            of
        );
        foreach (var (head, version) in seen)
            owners.TryAdd(version, head);
        var ranges = seen.Where(one => fresh.Contains(one.Head) && owners[one.Version] != one.Head)
            .GroupBy(one => (one.Head, Source: owners[one.Version]))
            .Select(group =>
                (group.Key.Head, group.Key.Source, Ids: group.Select(one => Versions[one.Version]).ToList())
            );
        var starts = file.List(
            """
            SELECT head.id, head_version.head_id, head_version.version_id FROM head JOIN branch ON branch.id = head.branch_id
            JOIN head_version ON head_version.id = head.start_point_id WHERE branch.project_id = @project
            """,
            row => (Head: row.Long(), Source: row.Long(), Version: row.Long()),
            of
        );
        await sql.ExecuteEachAsync([
            .. fresh.Select(head =>
                SqlText.Of(
                    $"INSERT INTO head_histories (head_id, source_head_id, version_min, version_max) VALUES "
                        + $"({Heads[head]}, {Heads[head]}, 0, {long.MaxValue})"
                )
            ),
            .. ranges.Select(range =>
                SqlText.Of(
                    $"""
                    INSERT INTO head_histories (head_id, source_head_id, version_min, version_max)
                    VALUES ({Heads[range.Head]}, {Heads[range.Source]}, {range.Ids.Min()}, {range.Ids.Max()})
                    """
                )
            ),
            .. starts
                .Where(start => fresh.Contains(start.Head))
                .Select(start =>
                    SqlText.Of(
                        $"UPDATE heads SET start_head_id = {Heads[start.Source]}, start_version_id = "
                            + $"{Versions[start.Version]} WHERE id = {Heads[start.Head]}"
                    )
                ),
        ]);
    }
}
