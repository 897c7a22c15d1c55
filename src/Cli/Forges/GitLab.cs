using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>
/// GitLab, whose merge requests have notes. A job's token cannot write notes, so a project's or a person's token is
/// needed.
/// </summary>
internal sealed class GitLab(ForgePlace place, ApiOptions patience, Action<string> note) : IForge, IDisposable
{
    private const int PerPage = 100;

    private readonly ForgeHttp http = new("GitLab", place.Api, ("PRIVATE-TOKEN", place.Token), patience, note);

    public string Name => "GitLab";
    public bool ChangesOthers => true;
    public int CommentBytesMax => 1_000_000;

    private string Notes => $"/projects/{place.Repository}/merge_requests/{place.Number}/notes";

    public string Render(RenderedReport report) => report.Render(CommentBytesMax);

    public string Ending(RenderedReport report) => report.Tag;

    public async Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(
        int page,
        CancellationToken ct
    )
    {
        var notes = ForgeHttp
            .Items(await http.SendAsync(HttpMethod.Get, $"{Notes}?per_page={PerPage}&page={page}", body: null, ct))
            .ToList();
        return (
            [
                .. notes.Select(one => new ForgeComment(
                    ForgeHttp.Text(one, "id") ?? "",
                    ForgeHttp.Text(one, "body") ?? "",
                    ForgeHttp.Text(one, "author", "username")
                )),
            ],
            notes.Count == PerPage
        );
    }

    public async Task<string?> OwnNameAsync(CancellationToken ct) =>
        ForgeHttp.Text(await http.SendAsync(HttpMethod.Get, "/user", body: null, ct), "username");

    public Task CreateCommentAsync(string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Post, Notes, json => json.WriteString("body", body), ct);

    public Task UpdateCommentAsync(string id, string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Put, $"{Notes}/{id}", json => json.WriteString("body", body), ct);

    public async Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct) =>
        ForgeHttp.Text(
            await http.SendAsync(
                HttpMethod.Post,
                $"/projects/{place.Repository}/statuses/{place.Sha}",
                json =>
                {
                    json.WriteString(
                        "state",
                        status.State switch
                        {
                            ForgeState.Running => "running",
                            ForgeState.Success => "success",
                            ForgeState.Failure => "failed",
                        }
                    );
                    json.WriteString("name", status.Name);
                    json.WriteString("description", ForgeHttp.Line(status.Text, 255));
                    if (status.Link is { } link)
                        json.WriteString("target_url", link.AbsoluteUri);
                },
                ct
            ),
            "author",
            "username"
        );

    public void Dispose() => http.Dispose();
}
