using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// A row that is identified by name or slug within a project; both are unique there, and a lookup accepts either.
/// </summary>
internal interface INamedRow<TSelf>
    where TSelf : INamedRow<TSelf>
{
    static abstract string Noun { get; }
    static abstract Raw Table { get; }
    static abstract Raw Columns { get; }
    static abstract TSelf Read(Row row);

    /// <summary>True when only <see cref="NamedTable"/> changes these rows, so that they can be cached.</summary>
    static virtual bool Remembered => false;

    /// <summary>The key as a plain number, for code that handles several tables.</summary>
    long Key { get; }
    Guid Uuid { get; }
    string Name { get; }
    string Slug { get; }
    DateTimeOffset? Archived { get; }

    /// <summary>The same row after a report has used it: no longer archived.</summary>
    TSelf Unarchived(DateTimeOffset now);
}

/// <summary>
/// The filter of a list: an exact name, a text contained in name, slug or UUID, and either archived rows or the others.
/// </summary>
internal readonly record struct NamedFilter(string? Name, string? Search, bool Archived)
{
    public static NamedFilter Of<TName>(Call call)
        where TName : class, IText<TName> =>
        new(call.Query<TName>("name")?.ToString(), call.Query("search"), call.QueryFlag("archived"));
}

/// <summary>The name and slug for a row to create.</summary>
internal readonly record struct WantedName(string Name, Slug Slug);

internal static class WantedNames
{
    /// <summary>A slug is used as it is; a name is turned into a slug.</summary>
    public static Slug WantedSlug<TName>(this NameId<TName> reference)
        where TName : class, IText<TName> =>
        reference.Kind == NameIdKind.Slug ? Text.Parse<Slug>(reference.Value) : Slug.FromName(reference.Value);
}
