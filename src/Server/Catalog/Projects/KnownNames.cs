using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// The rows that reports named lately, as the one writer of the embedded database left them: the same names come with
/// every report of a project, and looking a thousand of them up was most of the work of recording it. Nothing archived
/// is in here.
/// </summary>
internal sealed class KnownNames<TRow> : IOutlivesReports
    where TRow : INamedRow<TRow>
{
    // Some 100 MB at the very most; a row with its names is rarely more than 300 bytes.
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

    /// <summary>As <see cref="Find"/>, by the full name under which harnesses know it.</summary>
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
