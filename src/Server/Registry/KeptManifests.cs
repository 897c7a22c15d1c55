using Paddock.Core.Names;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <param name="IsWanted">True for a root of the collection: it has a tag, a job runs it, or it was used
/// recently.</param>
/// <param name="Subject">The digest of the manifest that it refers to.</param>
/// <param name="Names">The digests of its parts.</param>
internal sealed record ManifestNode(
    Id<ManifestRow> Id,
    string Digest,
    bool IsWanted,
    string? Subject,
    IReadOnlyCollection<string> Names
);

/// <summary>The mark phase of garbage collection, for the manifests of one repository.</summary>
internal static class KeptManifests
{
    /// <summary>
    /// The wanted manifests and all that are reachable from them: the parts of an index, the referrers of a manifest,
    /// and its subject.
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
