using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Lists the referrers of a manifest, such as signatures and bills of materials, as an index. The index is empty when
/// there are none, and also when the manifest does not exist.
/// </summary>
internal sealed class ReferrerEndpoints(Db db, RegistryAccess access)
{
    private const int SizeMax = 500;
    private const string Filter = "artifactType";

    public static void Map(RegistryRoutes routes) =>
        routes.Pull(
            "/v2/{name}/referrers/{digest}",
            routes.Create<ReferrerEndpoints>().ListAsync,
            asks: [Filter, "last"]
        );

    private async Task<Answer> ListAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var subject = DigestOf((string?)call.Http.GetRouteValue("digest"));
        var artifactType = call.Query(Filter);
        var last = call.Query("last") is { } text ? DigestOf(text) : null;
        var found = await db.ReadAsync(
            async sql =>
            {
                Id<Project> project;
                try
                {
                    project = (await access.PullAsync(sql, token, name, call.Aborted)).Id;
                }
                catch (Refusal e) when (e.Because == Because.NotFound)
                {
                    return [];
                } // A 404 would mean that the registry does not support this list.
                return await FindAsync(sql, project, subject, artifactType, last, call.Aborted);
            },
            call.Aborted
        );

        var answer = new OciAnswer(StatusCodes.Status200OK).With("Content-Type", ManifestDocument.OciIndex);
        if (artifactType is not null)
            answer.With("OCI-Filters-Applied", Filter);
        if (found.Count > SizeMax)
        {
            found.RemoveAt(SizeMax);
            var filter = artifactType is null ? "" : $"&{Filter}={Uri.EscapeDataString(artifactType)}";
            answer.With("Link", $"</v2/{name}/referrers/{subject}?last={found[^1].Digest}{filter}>; rel=\"next\"");
        }
        return answer.WithBody(http =>
            http.Response.WriteAsJsonAsync(
                new IndexJson(2, ManifestDocument.OciIndex, found),
                ManifestJsonContext.Default.IndexJson,
                ManifestDocument.OciIndex,
                http.RequestAborted
            )
        );
    }

    private static async Task<List<DescriptorJson>> FindAsync(
        Sql sql,
        Id<Project> projectId,
        Digest subject,
        string? artifactType,
        Digest? last,
        CancellationToken ct
    )
    {
        var filter = artifactType is null ? SqlText.Empty : SqlText.Of($" AND artifact_type = {artifactType}");
        if (last is not null)
            filter = SqlText.Of(
                $"{filter} AND id > (SELECT id FROM manifests WHERE project_id = {projectId} AND digest = {last.Value})"
            );
        return await sql.ListAsync(
            $"""
            SELECT media_type, digest, size, artifact_type, annotations FROM manifests
            WHERE project_id = {projectId} AND subject = {subject.Value}{filter} ORDER BY id LIMIT {SizeMax + 1}
            """,
            Read,
            ct
        );
    }

    private static DescriptorJson Read(Row row) =>
        new(
            row.Text(),
            row.Text(),
            row.Long(),
            row.TextOrNull(),
            row.TextOrNull() is { } annotations
                ? JsonSerializer.Deserialize(annotations, ManifestJsonContext.Default.IReadOnlyDictionaryStringString)
                : null
        );

    private static Digest DigestOf(string? text) =>
        Digest.TryParse(text, out var digest) ? digest : throw OciError.DigestInvalid(Text.Refusal<Digest>(text));
}
