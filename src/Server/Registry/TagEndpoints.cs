using System.Globalization;
using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>The tags of a repository, a page at a time.</summary>
internal sealed class TagEndpoints(Db db, RegistryAccess access)
{
    private const int SizeStandard = 100;
    private const int SizeMax = 10_000;

    public static void Map(RegistryRoutes routes) =>
        routes.Pull("/v2/{name}/tags/list", routes.Create<TagEndpoints>().ListAsync, asks: ["n", "last"]);

    private async Task<Answer> ListAsync(Call call, OciToken token)
    {
        var name = RegistryRoutes.Name(call);
        var size = SizeOf(call);
        var after =
            call.Query("last") is not { } text ? null
            : Tag.TryParse(text, out var tag) ? tag
            : throw OciError.TagInvalid(text);
        var tags = await db.ReadAsync(
            async sql =>
            {
                var project = await access.PullAsync(sql, token, name, call.Aborted);
                return await TagTable.ListAsync(sql, project.Id, after, size + 1, call.Aborted);
            },
            call.Aborted
        );

        var answer = new OciAnswer(StatusCodes.Status200OK).With("Content-Type", "application/json");
        if (tags.Count > size)
        {
            tags.RemoveAt(size);
            answer.With(
                "Link",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"</v2/{name}/tags/list?n={size}&last={tags[^1]}>; rel=\"next\""
                )
            );
        }
        return answer.WithBody(http =>
            http.Response.WriteAsJsonAsync(
                new OciTagList(name, tags),
                OciJson.Default.OciTagList,
                "application/json",
                http.RequestAborted
            )
        );
    }

    private static int SizeOf(Call call)
    {
        if (call.Query("n") is not { } text)
            return SizeStandard;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (int)Math.Clamp(number, 1, SizeMax)
            : throw new Refusal(Because.BadInput, $"n: {Text.Quote(text)} is not a whole number from 0");
    }
}
