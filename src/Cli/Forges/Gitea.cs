using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>Gitea and Forgejo, which share one API. All comments of an issue come in one answer.</summary>
internal sealed class Gitea(ForgePlace place, ApiOptions patience, Action<string> note) : IForge, IDisposable
{
    private readonly ForgeHttp http = new(
        "Gitea",
        place.Api,
        ("Authorization", $"token {place.Token}"),
        patience,
        note
    );

    public string Name => "Gitea";
    public bool ChangesOthers => true;
    public int CommentBytesMax => 65_536;

    private string Issues => $"/repos/{place.Repository}/issues";

    public string Render(RenderedReport report) => report.Render(CommentBytesMax);

    public string Ending(RenderedReport report) => report.Tag;

    public async Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(
        int page,
        CancellationToken ct
    )
    {
        var comments = ForgeHttp.Items(
            await http.SendAsync(HttpMethod.Get, $"{Issues}/{place.Number}/comments", body: null, ct)
        );
        return (
            [
                .. comments.Select(one => new ForgeComment(
                    ForgeHttp.Text(one, "id") ?? "",
                    ForgeHttp.Text(one, "body") ?? "",
                    ForgeHttp.Text(one, "user", "login")
                )),
            ],
            false
        );
    }

    public async Task<string?> OwnNameAsync(CancellationToken ct) =>
        ForgeHttp.Text(await http.SendAsync(HttpMethod.Get, "/user", body: null, ct), "login");

    public Task CreateCommentAsync(string body, CancellationToken ct) =>
        http.SendAsync(
            HttpMethod.Post,
            $"{Issues}/{place.Number}/comments",
            json => json.WriteString("body", body),
            ct
        );

    public Task UpdateCommentAsync(string id, string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Patch, $"{Issues}/comments/{id}", json => json.WriteString("body", body), ct);

    public async Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct) =>
        ForgeHttp.Text(
            await http.SendAsync(
                HttpMethod.Post,
                $"/repos/{place.Repository}/statuses/{place.Sha}",
                json =>
                {
                    json.WriteString(
                        "state",
                        status.State switch
                        {
                            ForgeState.Running => "pending",
                            ForgeState.Success => "success",
                            ForgeState.Failure => "failure",
                        }
                    );
                    json.WriteString("context", status.Name);
                    json.WriteString("description", ForgeHttp.Line(status.Text, 255));
                    if (status.Link is { } link)
                        json.WriteString("target_url", link.AbsoluteUri);
                },
                ct
            ),
            "creator",
            "login"
        );

    public void Dispose() => http.Dispose();
}
