using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Branches;

/// <summary>A version on another branch from which a head begins.</summary>
/// <param name="MaxVersions">How many of the versions up to that point the new head sees, the newest first.</param>
internal sealed record ResolvedStartPoint(
    Id<Branch> BranchId,
    Id<Head> HeadId,
    Id<VersionRow> VersionId,
    uint Number,
    string? Hash,
    uint MaxVersions,
    bool CloneThresholds
);

/// <summary>Explains why the start point used is not the requested one.</summary>
/// <param name="Sentence">The reason, and the replacement if it is already known.</param>
/// <param name="LeavesNone">True when no start point remains, so the branch decides what happens instead.</param>
internal sealed record StartPointTrouble(NoticeKind Kind, string Sentence, bool LeavesNone)
{
    /// <param name="outcome">What happens to a branch without a start point.</param>
    public Notice ToNotice(string outcome) => new(Kind, LeavesNone ? $"{Sentence} {outcome}" : Sentence);
}

/// <summary>Resolves start points, and decides when a branch needs a new head.</summary>
internal static class StartPoints
{
    private const uint MaxVersionsStandard = 255;
    private const int NamedMax = 5;

    /// <summary>
    /// Finds the version that a start point names. A start point that cannot be found never fails the run, because the
    /// first run of a branch must not be lost (v0 does the same). The trouble says what was not found and what is used
    /// instead.
    /// </summary>
    /// <returns>No point if no branch is named, or if the branch is unknown or has no version.</returns>
    public static async Task<(ResolvedStartPoint? Point, StartPointTrouble? Trouble)> ResolveAsync(
        Sql sql,
        ProjectRow project,
        NewStartPoint? given
    )
    {
        if (given?.Branch is not { } name)
            return (null, null);
        if (await BranchTable.FindStartAsync(sql, project.Id, name) is not { } found)
            return (null, await UnknownAsync(sql, project, name));
        var (branch, head) = found;
        FormerVersion? former = null;
        if (given.Hash is { } hash)
        {
            if (await VersionTable.SeenByHashAsync(sql, head.Id, hash.Value) is { } version)
                return (Point(head.Id, version), null);
            former = await VersionTable.BeforeResetAsync(sql, branch.Id, head.Id, hash.Value);
            if (former is not null && (given.Former ?? given.Reset is not true))
                return (
                    Point(former.HeadId, former.Version),
                    Gone(former, $"the history before that reset is used, up to version {former.Version.Number}")
                );
        }
        if (await VersionTable.LatestSeenAsync(sql, head.Id) is not { } latest)
            return (
                null,
                new(
                    NoticeKind.StartPointUnmeasured,
                    $"The start point {Text.Quote(branch.Name)} has no report yet.",
                    LeavesNone: true
                )
            );
        if (given.Hash is null)
            return (Point(head.Id, latest), null);
        var instead =
            $"the latest version of that branch is used instead, number "
            + $"{latest.Number}{(latest.Hash is null ? ", without a commit" : $", commit {latest.Hash}")}";
        return (
            Point(head.Id, latest),
            former is not null
                ? Gone(former, instead)
                : new(
                    NoticeKind.StartPointHashUnknown,
                    $"The start point's commit {given.Hash} was never measured on {Text.Quote(branch.Name)}: "
                        + $"{instead}.",
                    LeavesNone: false
                )
        );

        StartPointTrouble Gone(FormerVersion version, string what) =>
            new(
                NoticeKind.StartPointBeforeReset,
                $"The start point's commit {given.Hash} is not on the current head of {Text.Quote(branch.Name)}, "
                    + $"which was reset on {version.Replaced:yyyy-MM-dd}: {what}.",
                LeavesNone: false
            );

        ResolvedStartPoint Point(Id<Head> headId, VersionRow version) =>
            new(
                branch.Id,
                headId,
                version.Id,
                version.Number,
                version.Hash,
                given.MaxVersions ?? MaxVersionsStandard,
                given.CloneThresholds ?? false
            );
    }

    /// <summary>True when an existing branch needs a new head.</summary>
    /// <param name="currentBranchId">
    /// The branch from which the current head began; null if it had no start point.
    /// </param>
    /// <param name="currentHash">The hash of the version from which the current head began.</param>
    /// <param name="wanted">
    /// Compared by its version's hash even if the caller gave no hash: a pull request follows its base branch.
    /// </param>
    public static bool NeedsNewHead(
        Id<Branch>? currentBranchId,
        string? currentHash,
        ResolvedStartPoint? wanted,
        bool reset
    ) =>
        reset
        || wanted is not null
            && (currentBranchId != wanted.BranchId || wanted.Hash is not null && wanted.Hash != currentHash);

    private static async Task<StartPointTrouble> UnknownAsync(Sql sql, ProjectRow project, NameId<BranchName> name)
    {
        var known = await sql.ListAsync(
            $"SELECT name FROM branches WHERE project_id = {project.Id} AND archived IS NULL ORDER BY id LIMIT "
                + $"{NamedMax + 1}",
            row => row.Text()
        );
        var list = string.Join(", ", known.Take(NamedMax)) + (known.Count > NamedMax ? " and others" : "");
        return new(
            NoticeKind.StartPointUnknown,
            $"The start point {Text.Quote(name.Value)} does not "
                + $"exist{(known.Count == 0 ? "" : $" (this project has {list})")}.",
            LeavesNone: true
        );
    }
}
