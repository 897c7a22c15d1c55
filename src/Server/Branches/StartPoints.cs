using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Projects;

namespace Paddock.Server.Branches;

/// <summary>A point on another branch that a head begins at.</summary>
/// <param name="MaxVersions">How many of the versions up to that point the new head sees, the newest first.</param>
internal sealed record ResolvedStartPoint(long BranchId, long HeadId, long VersionId, uint Number, string? Hash, uint MaxVersions, bool CloneThresholds);

/// <summary>Where heads begin, and when a branch needs a new one.</summary>
internal static class StartPoints
{
    private const uint MaxVersionsStandard = 255;

    /// <summary>
    /// The named version, or the latest one where the branch has none with that hash; null where no branch is named, or it is unknown or
    /// empty: a start point that cannot be found is left out, since the first run of a branch must not fail for it.
    /// </summary>
    public static async Task<ResolvedStartPoint?> ResolveAsync(Sql sql, ProjectRow project, NewStartPoint? given)
    {
        if (given?.Branch is not { } name) return null;
        if (await BranchTable.FindAsync(sql, project.Id, name) is not { } found) return null;
        var (branch, head) = found;
        var version = given.Hash is { } hash ? await VersionTable.SeenByHashAsync(sql, head.Id, hash.Value) : null;
        version ??= await VersionTable.LatestSeenAsync(sql, head.Id);
        return version is null ? null : new(
            branch.Id, head.Id, version.Id, version.Number, version.Hash, given.MaxVersions ?? MaxVersionsStandard, given.CloneThresholds ?? false);
    }

    /// <summary>Whether an existing branch must begin anew.</summary>
    /// <param name="currentBranchId">The branch that its current head began on; null where it began from nothing.</param>
    /// <param name="currentHash">The hash of the version that the current head began at.</param>
    /// <param name="wanted">Compared by its version's hash even where the caller gave none: a pull request follows its base.</param>
    public static bool NeedsNewHead(long? currentBranchId, string? currentHash, ResolvedStartPoint? wanted, bool reset) =>
        reset || wanted is not null && (currentBranchId != wanted.BranchId || wanted.Hash is not null && wanted.Hash != currentHash);
}
