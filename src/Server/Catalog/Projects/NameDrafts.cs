using Paddock.Core.Names;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Plans the rows to create for references that matched nothing, one reference at a time, as if each row were created
/// before the next reference is looked up.
/// </summary>
/// <param name="takenSlugs">Slugs in the database.</param>
internal sealed class NameDrafts<TName>(IReadOnlySet<string> takenSlugs)
    where TName : class, IText<TName>
{
    private readonly Dictionary<string, WantedName> byName = [];
    private readonly Dictionary<string, WantedName> bySlug = [];

    /// <summary>The rows to create.</summary>
    public IReadOnlyCollection<WantedName> All => byName.Values;

    /// <summary>Slugs with a random suffix, not yet checked against the database.</summary>
    public List<string> Suffixed { get; } = [];

    /// <returns>The draft for a reference: a new one, or the one that another reference has created.</returns>
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
