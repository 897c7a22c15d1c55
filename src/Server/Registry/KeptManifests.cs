using Paddock.Core.Names;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <param name="IsWanted">Whether it is kept for its own sake: it has a tag, a job runs it, or it has only just been
/// used.</param>
/// <param name="Subject">The digest of what it says something about.</param>
/// <param name="Names">The digests of what it is made of.</param>
internal sealed record ManifestNode(
    Id<ManifestRow> Id,
    string Digest,
    bool IsWanted,
    string? Subject,
    IReadOnlyCollection<string> Names
);

/// <summary>Which manifests of a repository are needed.</summary>
internal static class KeptManifests
{
    /// <summary>
    /// The wanted ones, and whatever belongs to one that is kept: what an index is made of, what says something about
    /// it, and what it says something about; and so on.
    /// </summary>
    public static HashSet<Id<ManifestRow>> Of(IReadOnlyCollection<ManifestNode> manifests)
    {
        var byDigest = manifests.ToDictionary(manifest => manifest.Digest);
        var referrers = manifests
            .Where(manifest => manifest.Subject is not null)
            .ToLookup(manifest => manifest.Subject!);
        var kept = new HashSet<Id<ManifestRow>>();
        var next = new Stack<ManifestNode>(manifests.Where(manifest => manifest.IsWanted));
        while (next.TryPop(out var manifest))
        {
            if (!kept.Add(manifest.Id))
                continue;
            foreach (var name in manifest.Names)
                if (byDigest.TryGetValue(name, out var child))
                    next.Push(child);
            if (manifest.Subject is { } subject && byDigest.TryGetValue(subject, out var about))
                next.Push(about);
            foreach (var referrer in referrers[manifest.Digest])
                next.Push(referrer);
        }
        return kept;
    }
}
