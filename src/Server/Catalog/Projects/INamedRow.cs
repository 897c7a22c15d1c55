using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// A row of what a project has by name: each name and each slug once in a project, and either finds it.
/// </summary>
internal interface INamedRow<TSelf>
    where TSelf : INamedRow<TSelf>
{
    static abstract string Noun { get; }
    static abstract Raw Table { get; }
    static abstract Raw Columns { get; }
    static abstract TSelf Read(Row row);

    /// <summary>
    /// Whether its rows are changed by nothing but <see cref="NamedTable"/>, so that they can be remembered.
    /// </summary>
    static virtual bool Remembered => false;

    /// <summary>The plain number of its key: of one of several tables.</summary>
    long Key { get; }
    Guid Uuid { get; }
    string Name { get; }
    string Slug { get; }
    DateTimeOffset? Archived { get; }

    /// <summary>The same, as it is after a report has used it.</summary>
    TSelf Unarchived(DateTimeOffset now);
}

/// <summary>
/// What of a list is asked for: those with this name, those with this text in name, slug or UUID; the archived ones or
/// the others.
/// </summary>
internal readonly record struct NamedFilter(string? Name, string? Search, bool Archived)
{
    public static NamedFilter Of<TName>(Call call)
        where TName : class, IText<TName> =>
        new(call.Query<TName>("name")?.ToString(), call.Query("search"), call.QueryFlag("archived"));
}

/// <summary>What a row that is not there yet is to be called.</summary>
internal readonly record struct WantedName(string Name, Slug Slug);

internal static class WantedNames
{
    /// <summary>A slug is its own; a name yields one.</summary>
    public static Slug WantedSlug<TName>(this NameId<TName> reference)
        where TName : class, IText<TName> =>
        reference.Kind == NameIdKind.Slug ? Text.Parse<Slug>(reference.Value) : Slug.FromName(reference.Value);
}
