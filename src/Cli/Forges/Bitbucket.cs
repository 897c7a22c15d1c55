using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Paddock.Cli.GitHub;
using Paddock.Core;

namespace Paddock.Cli.Forges;

/// <summary>
/// Bitbucket Cloud. Its comments cannot show HTML, so they have the headline and a link in Markdown instead of the
/// tables.
/// </summary>
internal sealed class Bitbucket(ForgePlace place, ApiOptions patience, Action<string> note) : IForge, IDisposable
{
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

    private string Comments => $"/repositories/{place.Repository}/pullrequests/{place.Number}/comments";

    public string Render(RenderedReport report) => Markdown(report);

    public string Ending(RenderedReport report) => TagOf(report);

    /// <summary>The headline and a link, as Markdown.</summary>
    public static string Markdown(RenderedReport report)
    {
        var project = Escape(report.Report.Project.Name);
        var heading = report.Address is { } address
            ? $"[{ProgramName.Product} Report]({address.AbsoluteUri})"
            : $"{ProgramName.Product} Report";
        return $"**{heading}** of {project}, branch {Escape(report.Report.Branch.Name)}, testbed "
            + $"{Escape(report.Report.Testbed.Name)}\n\n{Escape(VerdictWords.Joined(report.Title))}\n\n{TagOf(report)}";
    }

    /// <summary>The text by which a later run finds the comment: a link without text, which is invisible.</summary>
    public static string TagOf(RenderedReport report) =>
        $"[](#{report.Tag.Split('"') switch { [_, var id, ..] => id, _ => report.Tag }})";

    public async Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(
        int page,
        CancellationToken ct
    )
    {
        var answer = await http.SendAsync(HttpMethod.Get, $"{Comments}?pagelen=100&page={page}", body: null, ct);
        var values = ForgeHttp.TryGet(answer, "values", out var all) ? ForgeHttp.Items(all) : [];
        return (
            [
                .. values.Select(one => new ForgeComment(
                    ForgeHttp.Text(one, "id") ?? "",
                    ForgeHttp.Text(one, "content", "raw") ?? "",
                    ForgeHttp.Text(one, "user", "uuid")
                )),
            ],
            ForgeHttp.Text(answer, "next") is not null
        );
    }

    public async Task<string?> OwnNameAsync(CancellationToken ct) =>
        ForgeHttp.Text(await http.SendAsync(HttpMethod.Get, "/user", body: null, ct), "uuid");

    public Task CreateCommentAsync(string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Post, Comments, json => Write(json, body), ct);

    public Task UpdateCommentAsync(string id, string body, CancellationToken ct) =>
        http.SendAsync(HttpMethod.Put, $"{Comments}/{id}", json => Write(json, body), ct);

    public async Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct)
    {
        await http.SendAsync(
            HttpMethod.Post,
            $"/repositories/{place.Repository}/commit/{place.Sha}/statuses/build",
            json => WriteBuild(json, status, place),
            ct
        );
        return null; // The answer names no user.
    }

    /// <summary>Writes a commit's build status, in the form of both Bitbucket Cloud and Server.</summary>
    public static void WriteBuild(Utf8JsonWriter json, ForgeStatus status, ForgePlace place)
    {
        json.WriteString("key", Key(status.Name));
        json.WriteString(
            "state",
            status.State switch
            {
                ForgeState.Running => "INPROGRESS",
                ForgeState.Success => "SUCCESSFUL",
                ForgeState.Failure => "FAILED",
            }
        );
        json.WriteString("name", ForgeHttp.Line(status.Name, 255));
        json.WriteString("description", ForgeHttp.Line(status.Text, 255));
        json.WriteString("url", (status.Link ?? place.Api).AbsoluteUri); // Bitbucket requires a URL.
    }

    public void Dispose() => http.Dispose();

    private static void Write(Utf8JsonWriter json, string body)
    {
        json.WriteStartObject("content");
        json.WriteString("raw", body);
        json.WriteEndObject();
    }

    // Bitbucket allows at most 40 characters.
    private static string Key(string name) =>
        "paddock-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12));

    private static string Escape(string text) =>
        string.Concat(
            text.Select(c =>
                "\\`*_{}[]()#+!|<>".Contains(c, StringComparison.Ordinal) ? $"\\{c}"
                : c is '\r' or '\n' ? " "
                : c.ToString()
            )
        );
}
