using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <summary>Resolves the image of a job.</summary>
internal static class ImageLookup
{
    /// <summary>
    /// Resolves a tag of the project's repository to its current digest, so that the job keeps its image when the tag
    /// moves; null when the tag does not exist. Must be called in the unit of work that creates the job: it marks the
    /// image as used, so that garbage collection keeps it until the job's row exists.
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
