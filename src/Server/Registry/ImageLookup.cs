using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <summary>Which image a job means.</summary>
internal static class ImageLookup
{
    /// <summary>
    /// The digest of the manifest that a tag of the project's repository names now, for the job to keep, however the
    /// tag moves; null where there is no such tag. To be asked in the unit of work that makes the job: the image is put
    /// down as used, and is there when the job's row is.
    /// </summary>
    public static Task<string?> DigestAsync(Sql sql, Id<Project> projectId, string tag, DateTimeOffset now) =>
        Tag.TryParse(tag, out var name)
            ? sql.FirstAsync(
                $"""
                UPDATE manifests SET used = {now} WHERE id = (SELECT manifest_id FROM tags WHERE project_id = {projectId} AND name = {name.Value})
                RETURNING digest
                """,
                row => row.Text()
            )
            : Task.FromResult<string?>(null);
}
