using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// A cache of the rows that recent reports named, kept by the embedded database's only writer. The same names come with
/// every report of a project, and looking up a thousand of them was most of the work of recording it. The cache holds
/// no archived rows.
/// </summary>
internal sealed class KnownNames<TRow> : IOutlivesReports
    where TRow : INamedRow<TRow>
{
    // About 100 MB at most; a row with its names rarely exceeds 300 bytes.
    private const int RowsMax = 200_000;
    private readonly Dictionary<(long ProjectId, NameIdKind Kind, string Text), TRow> rows = [];

    private readonly Dictionary<(long ProjectId, string FullName), TRow> identities = [];

    public TRow? Find(Id<Project> projectId, NameIdKind kind, string text) =>
        rows.GetValueOrDefault((projectId, kind, text));

    public void Keep(Id<Project> projectId, NameIdKind kind, string text, TRow row)
    {
        if (rows.Count >= RowsMax)
            rows.Clear();
        rows[(projectId, kind, text)] = row;
    }

    /// <summary>Like <see cref="Find"/>, by the full name that harnesses print.</summary>
    public TRow? FindIdentity(Id<Project> projectId, string fullName) =>
        identities.GetValueOrDefault((projectId, fullName));

    public void KeepIdentity(Id<Project> projectId, string fullName, TRow row)
    {
        if (identities.Count >= RowsMax)
            identities.Clear();
        identities[(projectId, fullName)] = row;
    }

    public void Forget()
    {
        rows.Clear();
        identities.Clear();
    }
}
