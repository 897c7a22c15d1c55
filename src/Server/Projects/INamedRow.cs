using Paddock.Core.Names;
using Paddock.Server.Database;

namespace Paddock.Server.Projects;

/// <summary>A row of what a project has by name: each name and each slug once in a project, and either finds it.</summary>
internal interface INamedRow<TSelf> where TSelf : INamedRow<TSelf>
{
    static abstract string Noun { get; }
    static abstract Raw Table { get; }
    static abstract Raw Columns { get; }
    static abstract TSelf Read(Row row);

    long Id { get; }
    Guid Uuid { get; }
    string Name { get; }
    string Slug { get; }
    DateTimeOffset? Archived { get; }

    /// <summary>The same, as it is after a report has used it.</summary>
    TSelf Unarchived(DateTimeOffset now);
}

/// <summary>What a row that is not there yet is to be called.</summary>
internal readonly record struct WantedName(string Name, Slug Slug);

internal static class WantedNames
{
    /// <summary>A slug is its own; a name yields one.</summary>
    public static Slug WantedSlug<TName>(this NameId<TName> reference, DateTimeOffset now) where TName : class, IText<TName> =>
        reference.Kind == NameIdKind.Slug ? Text.Parse<Slug>(reference.Value) : Slug.FromName(reference.Value, now);
}
