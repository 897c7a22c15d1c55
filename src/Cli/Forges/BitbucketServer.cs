using System.Text.Json;
using System.Text.RegularExpressions;
using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>
/// Bitbucket Server and Data Center, whose pull requests Jenkins and others build. The comments are those of Bitbucket
/// Cloud.
/// </summary>
internal sealed partial class BitbucketServer(ForgePlace place, ApiOptions patience, Action<string> note)
    : IForge,
        IDisposable
{
    private const int PerPage = 100;
    private const string Builds = "/rest/build-status/1.0/commits";

    private readonly ForgeHttp http = new(
        "Bitbucket",
        place.Api,
        ("Authorization", $"Bearer {place.Token}"),
        patience,
        note
    );

    public string Name => "Bitbucket";
    public bool ChangesOthers => false;
    public int CommentBytesMax => 32_768;

    private string PullRequest => $"/rest/api/1.0/{place.Repository}/pull-requests/{place.Number}";

    /// <summary>The pull request that a page's address names; null for any other address.</summary>
    public static (Uri Server, string Repository, ulong Number)? PlaceOf(string? address) =>
        PageAddress.Match(address ?? "") is { Success: true } page
        && ulong.TryParse(page.Groups["number"].ValueSpan, out var number)
            ? (
                new Uri(page.Groups["server"].Value),
                page.Groups["kind"].Value == "users"
                    ? $"projects/~{page.Groups["owner"].Value}/repos/{page.Groups["slug"].Value}"
                    : $"projects/{page.Groups["owner"].Value}/repos/{page.Groups["slug"].Value}",
                number
            )
            : null;

    public string Render(RenderedReport report) => Bitbucket.Markdown(report);

    public string Ending(RenderedReport report) => Bitbucket.TagOf(report);

    public async Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(
        int page,
        CancellationToken ct
    )
    {
        var path = $"{PullRequest}/activities?limit={PerPage}&start={(page - 1) * PerPage}";
        var answer = await http.SendAsync(HttpMethod.Get, path, body: null, ct);
        var values = ForgeHttp.TryGet(answer, "values", out var all) ? ForgeHttp.Items(all) : [];
        // An update must name the comment's version, so the id used here holds both id and version.
        return (
            [
                .. values
                    .Where(one => ForgeHttp.Text(one, "action") == "COMMENTED")
                    .Select(one => new ForgeComment(
                        $"{ForgeHttp.Text(one, "comment", "id")}:{ForgeHttp.Text(one, "comment", "version")}",
                        ForgeHttp.Text(one, "comment", "text") ?? "",
                        ForgeHttp.Text(one, "comment", "author", "slug")
                    )),
            ],
            ForgeHttp.TryGet(answer, "isLastPage", out var last) && last.ValueKind == JsonValueKind.False
        );
    }

    // The API does not say to which user a token belongs. Updating another user's comment is refused.
    public Task<string?> OwnNameAsync(CancellationToken ct) => Task.FromResult<string?>(null);

    public Task CreateCommentAsync(string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Post, $"{PullRequest}/comments", json => json.WriteString("text", body), ct);

    public Task UpdateCommentAsync(string id, string body, CancellationToken ct) =>
        http.SendAsync(
            HttpMethod.Put,
            $"{PullRequest}/comments/{id.Split(':')[0]}",
            json =>
            {
                json.WriteString("text", body);
                json.WriteNumber("version", long.TryParse(id.Split(':')[^1], out var version) ? version : 0);
            },
            ct
        );

    public async Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct)
    {
        await http.SendAsync(
            HttpMethod.Post,
            $"{Builds}/{place.Sha}",
            json => Bitbucket.WriteBuild(json, status, place),
            ct
        );
        return null; // The answer names no user.
    }

    public void Dispose() => http.Dispose();

    [GeneratedRegex(
        @"^(?<server>https?://[^/?#]+(/[^/?#]+)*?)/(?<kind>projects|users)/(?<owner>[^/?#]+)/repos/(?<slug>[^/?#]+)/pull-requests/(?<number>\d+)(/|$)"
    )]
    private static partial Regex PageAddress { get; }
}
