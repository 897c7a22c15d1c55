using Paddock.Core.Names;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// The rows to make for references that found nothing: one reference after the other, as if each were made before the
/// next is looked up.
/// </summary>
/// <param name="takenSlugs">Slugs in the database.</param>
internal sealed class NameDrafts<TName>(IReadOnlySet<string> takenSlugs)
    where TName : class, IText<TName>
{
    private readonly Dictionary<string, WantedName> byName = [];
    private readonly Dictionary<string, WantedName> bySlug = [];

    /// <summary>The rows to make.</summary>
    public IReadOnlyCollection<WantedName> All => byName.Values;

    /// <summary>Slugs with a random suffix, which nobody has asked the database for yet.</summary>
    public List<string> Suffixed { get; } = [];

    /// <returns>The draft for a reference: a new one, or the one that another reference has led to.</returns>
    public WantedName Add(NameId<TName> reference, WantedName wanted)
    {
        var drafts = reference.Kind == NameIdKind.Slug ? bySlug : byName;
        if (drafts.TryGetValue(reference.Value, out var known))
            return known;
        if (byName.TryGetValue(wanted.Name, out var other))
            return other;
        var draft = wanted with { Slug = Free(wanted.Slug) };
        byName.Add(draft.Name, draft);
        bySlug.Add(draft.Slug.Value, draft);
        return draft;
    }

    private Slug Free(Slug wanted)
    {
        var slug = wanted;
        while (takenSlugs.Contains(slug.Value) || bySlug.ContainsKey(slug.Value))
            slug = wanted.WithSuffix();
        if (slug != wanted)
            Suffixed.Add(slug.Value);
        return slug;
    }
}
