using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Catalog.Branches;

internal sealed record VersionRow(Id<VersionRow> Id, uint Number, string? Hash)
{
    public static readonly Raw Columns = new("versions.id, versions.number, versions.hash");

    public static VersionRow Read(Row row) => new(row.Id<VersionRow>(), row.UInt(), row.TextOrNull());

    public Core.Wire.Version ToWire() => new(Number, Hash);
}

/// <summary>A commit's subject and author, as the run reported them.</summary>
/// <param name="Subject">The first line of its message.</param>
public sealed record CommitWords(string? Subject, string? Author)
{
    private const int SubjectMax = 200;
    private const int AuthorMax = 100;

    /// <summary>Puts both on one line and truncates them to what is shown; null when neither is given.</summary>
    public static CommitWords? Of(string? subject, string? author) =>
        (Line(subject, SubjectMax), Line(author, AuthorMax)) is var (first, who) && (first ?? who) is not null
            ? new(first, who)
            : null;

    private static string? Line(string? text, int max)
    {
        var plain = string.Concat((text ?? "").Where(c => !char.IsControl(c) && !char.IsSurrogate(c))).Trim();
        return plain.Length == 0 ? null
            : plain.Length <= max ? plain
            : plain[..(max - 1)] + "…";
    }
}

/// <summary>A version that a replaced head of the branch saw.</summary>
/// <param name="Replaced">When another head replaced this one.</param>
internal sealed record FormerVersion(VersionRow Version, Id<Head> HeadId, DateTimeOffset? Replaced);

/// <summary>
/// The versions of heads. A version belongs to the head on which it was created; other heads see it through their
/// histories. Keys grow along every head just as numbers do, so the highest key is the latest version.
/// </summary>
internal static class VersionTable
{
    private const int GrownBy = 256; // A head's older points are packed each time this many versions were added.

    /// <summary>
    /// Finds the version for a report: the one with its hash if this head has it already, else a new one.
    /// </summary>
    /// <remarks>The caller's transaction has locked the branch.</remarks>
    public static async Task<VersionRow> ForReportAsync(
        Sql sql,
        Id<Head> headId,
        string? hash,
        CommitWords? commit = null
    )
    {
        var seen = sql.OfTurn<SeenVersions>();
        if (hash is not null && await OfHashAsync(sql, seen, headId, hash) is { } known)
            return known;
        var latest = seen?.Latest(headId) ?? await LatestSeenAsync(sql, headId);
        var number = latest is null ? 0 : latest.Number + 1;
        var id = await sql.InsertLaterAsync<VersionRow>(
            "versions",
            new("head_id, number, hash, subject, author"),
            SqlText.Of($"{headId}, {number}, {hash}, {commit?.Subject}, {commit?.Author}")
        );
        var version = new VersionRow(id, number, hash);
        seen?.Add(headId, version);
        if (number > 0 && number % GrownBy == 0)
            await new Signal.Grown(headId).SendAsync(sql);
        return version;
    }

    public static async Task<Dictionary<Id<VersionRow>, VersionRow>> OfIdsAsync(
        Sql sql,
        IReadOnlyCollection<Id<VersionRow>> ids
    ) =>
        (
            await sql.ListAsync($"SELECT {VersionRow.Columns} FROM versions WHERE id IN {ids}", VersionRow.Read)
        ).ToDictionary(version => version.Id);

    /// <summary>
    /// Announces that a unit of work will need the version with this hash, so that the hashes of several units are
    /// looked up in one query.
    /// </summary>
    public static void WillAsk(Sql sql, string? hash)
    {
        if (hash is not null)
            sql.OfTurn<SeenVersions>()?.Hashes.Add(hash);
    }

    private static async Task<VersionRow?> OfHashAsync(Sql sql, SeenVersions? seen, Id<Head> headId, string hash)
    {
        if (seen is null)
            return await sql.FirstAsync(
                $"SELECT {VersionRow.Columns} FROM versions WHERE head_id = {headId} AND hash = {hash} ORDER BY id "
                    + $"DESC LIMIT 1",
                VersionRow.Read
            );
        if (!seen.Hashes.Contains(hash) || seen.IsNew(headId))
        {
            seen.Hashes.Add(hash);
            await sql.ReadAsync(
                $"SELECT {VersionRow.Columns} FROM versions WHERE head_id = {headId} AND hash IN {seen.Hashes} ORDER "
                    + $"BY id",
                row =>
                {
                    seen.Know(headId, VersionRow.Read(row));
                    return true;
                }
            );
        }
        return seen.Find(headId, hash);
    }

    /// <summary>
    /// The versions that the units of work of one transaction look up or add while their branch is locked.
    /// </summary>
    private sealed class SeenVersions
    {
        private readonly Dictionary<(Id<Head> HeadId, string Hash), VersionRow> byHash = [];
        private readonly Dictionary<Id<Head>, VersionRow> latest = [];
        private readonly HashSet<Id<Head>> heads = [];

        public HashSet<string> Hashes { get; } = [];

        /// <returns>True the first time.</returns>
        public bool IsNew(Id<Head> headId) => heads.Add(headId);

        public VersionRow? Latest(Id<Head> headId) => latest.GetValueOrDefault(headId);

        public VersionRow? Find(Id<Head> headId, string hash) => byHash.GetValueOrDefault((headId, hash));

        public void Know(Id<Head> headId, VersionRow version) => byHash[(headId, version.Hash!)] = version;

        public void Add(Id<Head> headId, VersionRow version)
        {
            latest[headId] = version;
            if (version.Hash is not null)
                Know(headId, version);
        }
    }

    public static Task<CommitWords?> WordsAsync(Sql sql, Id<VersionRow> versionId, CancellationToken ct) =>
        sql.FirstAsync(
            $"SELECT subject, author FROM versions WHERE id = {versionId}",
            row => CommitWords.Of(row.TextOrNull(), row.TextOrNull()),
            ct
        );

    public static Task<VersionRow?> LatestSeenAsync(Sql sql, Id<Head> headId) =>
        sql.FirstAsync(
            $"""
            SELECT {VersionRow.Columns} FROM versions WHERE id = (
                SELECT max((SELECT seen.id FROM versions seen
                    WHERE seen.head_id = h.source_head_id AND seen.id BETWEEN h.version_min AND h.version_max ORDER BY seen.id DESC LIMIT 1))
                FROM head_histories h WHERE h.head_id = {headId})
            """,
            VersionRow.Read
        );

    public static Task<VersionRow?> SeenByHashAsync(Sql sql, Id<Head> headId, string hash) =>
        sql.FirstAsync(
            $"""
            SELECT {VersionRow.Columns} FROM head_histories h
            JOIN versions ON versions.head_id = h.source_head_id AND versions.hash = {hash} AND versions.id BETWEEN h.version_min AND h.version_max
            WHERE h.head_id = {headId} ORDER BY versions.id DESC LIMIT 1
            """,
            VersionRow.Read
        );

    /// <summary>The version with this hash on the newest of the branch's replaced heads that sees it.</summary>
    public static Task<FormerVersion?> BeforeResetAsync(
        Sql sql,
        Id<Branch> branchId,
        Id<Head> currentHeadId,
        string hash
    ) =>
        sql.FirstAsync(
            $"""
            SELECT {VersionRow.Columns}, heads.id, heads.replaced FROM heads
            JOIN head_histories h ON h.head_id = heads.id
            JOIN versions ON versions.head_id = h.source_head_id AND versions.hash = {hash} AND versions.id BETWEEN h.version_min AND h.version_max
            WHERE heads.branch_id = {branchId} AND heads.id <> {currentHeadId}
            ORDER BY heads.id DESC, versions.id DESC LIMIT 1
            """,
            row => new FormerVersion(VersionRow.Read(row), row.Id<Head>(), row.TimeOrNull())
        );

    /// <summary>
    /// Removes a version that has no reports left; later versions of every head that sees it move up by one number.
    /// </summary>
    public static async Task RemoveIfEmptyAsync(Sql sql, Id<VersionRow> versionId)
    {
        if (await sql.AnyAsync($"SELECT 1 FROM reports WHERE version_id = {versionId}"))
            return;
        await sql.ExecuteAsync(
            $"""
            UPDATE versions SET number = number - 1 WHERE id > {versionId} AND head_id IN (
                SELECT h.head_id FROM head_histories h
                WHERE h.source_head_id = (SELECT head_id FROM versions WHERE id = {versionId}) AND {versionId} BETWEEN h.version_min AND h.version_max)
            """
        );
        await sql.ExecuteAsync($"DELETE FROM versions WHERE id = {versionId}");
    }
}
