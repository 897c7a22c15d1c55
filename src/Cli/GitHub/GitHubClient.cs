using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paddock.Cli.Forges;
using Text = Paddock.Core.Names.Text;

namespace Paddock.Cli.GitHub;

/// <summary>GitHub refused a request or did not answer.</summary>
internal sealed class GitHubException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// The few calls of GitHub's REST API that a run makes in its own repository. They are retried like calls to the
/// Paddock server, after the waits that GitHub asks for.
/// </summary>
internal sealed class GitHubClient : IDisposable
{
    /// <summary>The longest text that GitHub accepts in a comment or a check's summary.</summary>
    public const int BodyBytesMax = 65_536;

    private const int PerPage = 100,
        PagesMax = 100;
    private const int BytesMax = 64 << 20; // A page of a hundred comments of 256 KB is half of that.
    private const int CheckAttemptsMax = 5; // A failing check is only noted, so no run waits long for it.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(15);
    private const string WorkflowLogin = "github-actions[bot]"; // The user of the token that every workflow gets.
    private readonly string root;
    private readonly string graphql;
    private readonly string? misuse;
    private readonly string token;
    private readonly ApiOptions patience;
    private readonly Action<string> note;
    private string? login;
    private readonly HttpClient http = new()
    {
        Timeout = TimeSpan.FromSeconds(60),
        MaxResponseContentBufferSize = BytesMax,
    };

    /// <param name="patience">How often a request is tried, and the waits when GitHub names none.</param>
    /// <param name="note">Receives each failed attempt that is retried.</param>
    public GitHubClient(string token, string repository, ApiOptions patience, Action<string> note)
    {
        (this.token, this.patience, this.note) = (token, patience, note);
        var api = Environment.GetEnvironmentVariable("GITHUB_API_URL") is { Length: > 0 } other
            ? other
            : "https://api.github.com";
        root = $"{api.TrimEnd('/')}/repos/{repository}";
        graphql =
            Environment.GetEnvironmentVariable("GITHUB_GRAPHQL_URL") is { Length: > 0 } given && IsWebAddress(given)
                ? given
                : $"{api.TrimEnd('/')}/graphql";
        misuse = Misuse(token, api);
        if (misuse is not null)
            return;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.UserAgent.Add(
            new("paddock", typeof(GitHubClient).Assembly.GetName().Version?.ToString(3))
        );
        http.DefaultRequestHeaders.Accept.Add(new("application/vnd.github+json"));
        http.DefaultRequestHeaders.Add("X-GitHub-Api-Version", "2022-11-28");
    }

    public async Task<ulong> CreateCheckAsync(Check check, string headSha, CancellationToken ct)
    {
        const string path = "/check-runs";
        using var created = await SendAsync(
            HttpMethod.Post,
            path,
            writer => check.Write(writer, headSha),
            CheckAttempts,
            ct
        );
        return Id(created.RootElement, path);
    }

    public async Task UpdateCheckAsync(ulong id, Check check, CancellationToken ct)
    {
        using var updated = await SendAsync(
            HttpMethod.Patch,
            $"/check-runs/{id}",
            writer => check.Write(writer, headSha: null),
            CheckAttempts,
            ct
        );
    }

    /// <summary>The head commit of a pull request; null when GitHub does not say.</summary>
    public async Task<string?> PullRequestHeadAsync(ulong number, CancellationToken ct)
    {
        using var pull = await SendAsync(HttpMethod.Get, $"/pulls/{number}", body: null, patience.Attempts, ct);
        return ForgeHttp.Text(pull.RootElement, "head", "sha");
    }

    /// <summary>
    /// The first comment of ours that ends with this text, or null. Anybody can write the text, so the comment's author
    /// decides whether it is ours.
    /// </summary>
    public async Task<ulong?> FindCommentAsync(ulong issue, string ending, CancellationToken ct)
    {
        for (var page = 1; page <= PagesMax; page++)
        {
            var path = $"/issues/{issue}/comments?per_page={PerPage}&page={page}";
            using var comments = await SendAsync(HttpMethod.Get, path, body: null, patience.Attempts, ct);
            if (comments.RootElement.ValueKind != JsonValueKind.Array)
                throw new GitHubException($"GitHub's answer to GET {path} is not a list of comments.");
            foreach (var comment in comments.RootElement.EnumerateArray())
                if (EndsWith(comment, ending) && await IsOwnAsync(comment, ct))
                    return Id(comment, path);
            if (comments.RootElement.GetArrayLength() < PerPage)
                return null;
        }
        return null;
    }

    /// <param name="ending">The end of the body. When an attempt's outcome is unclear, the comment is searched by it
    /// before the next attempt.</param>
    public async Task CreateCommentAsync(ulong issue, string body, string ending, CancellationToken ct)
    {
        var path = $"/issues/{issue}/comments";
        using var created = await SendToAsync(
            root + path,
            HttpMethod.Post,
            path,
            Comment(body),
            patience.Attempts,
            async () => await FindCommentAsync(issue, ending, ct) is not null,
            ct
        );
        if (created is not null)
            Id(created.RootElement, path);
    }

    public async Task UpdateCommentAsync(ulong id, string body, CancellationToken ct)
    {
        var path = $"/issues/comments/{id}";
        using var updated = await SendAsync(HttpMethod.Patch, path, Comment(body), patience.Attempts, ct);
        Id(updated.RootElement, path);
    }

    public void Dispose() => http.Dispose();

    private int CheckAttempts => Math.Min(patience.Attempts, CheckAttemptsMax);

    private static Action<Utf8JsonWriter> Comment(string body) =>
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("body", body);
            writer.WriteEndObject();
        };

    /// <summary>The reason why no request can be made at all, or null.</summary>
    private static string? Misuse(string token, string api)
    {
        if (token.Any(c => c is < ' ' or > '~'))
            return "The token of --github-actions contains a line break or another character that is not allowed in a "
                + "token. Check how the secret was stored.";
        return IsWebAddress(api)
            ? null
            : $"GITHUB_API_URL is {Text.Quote(api)}, which is not an http or https address.";
    }

    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    private async Task<bool> IsOwnAsync(JsonElement comment, CancellationToken ct)
    {
        if (!ForgeHttp.TryGet(comment, "user", out var user))
            return true; // This GitHub does not report authors.
        return ForgeHttp.Text(user, "login") is { } author
            && string.Equals(author, login ??= await LoginAsync(ct), StringComparison.OrdinalIgnoreCase);
    }

    // REST does not tell an app its own user; GraphQL tells every caller.
    private async Task<string> LoginAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await SendToAsync(
                graphql,
                HttpMethod.Post,
                "/graphql",
                writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("query", "query { viewer { login } }");
                    writer.WriteEndObject();
                },
                CheckAttempts,
                isDone: null,
                ct
            );
            return ForgeHttp.Text(answer!.RootElement, "data", "viewer", "login") is { Length: > 0 } name
                ? name
                : WorkflowLogin;
        }
        catch (GitHubException)
        {
            return WorkflowLogin;
        }
    }

    private static bool EndsWith(JsonElement comment, string ending) =>
        ForgeHttp.Text(comment, "body") is { } body && body.EndsWith(ending, StringComparison.Ordinal);

    /// <exception cref="GitHubException">The answer does not describe an object that GitHub created or
    /// changed.</exception>
    private static ulong Id(JsonElement answer, string path) =>
        ForgeHttp.TryGet(answer, "id", out var id)
        && id.ValueKind == JsonValueKind.Number
        && id.TryGetUInt64(out var number)
            ? number
            : throw new GitHubException(
                $"GitHub's answer to {path} has no id. Check that GITHUB_API_URL is the address of GitHub's API."
            );

    private async Task<JsonDocument> SendAsync(
        HttpMethod method,
        string path,
        Action<Utf8JsonWriter>? body,
        int attempts,
        CancellationToken ct
    ) => (await SendToAsync(root + path, method, path, body, attempts, isDone: null, ct))!;

    /// <param name="isDone">Finds out whether an attempt with an unclear outcome was carried out.</param>
    /// <returns>The answer; null when the request turned out to be done already.</returns>
    private async Task<JsonDocument?> SendToAsync(
        string address,
        HttpMethod method,
        string path,
        Action<Utf8JsonWriter>? body,
        int attempts,
        Func<Task<bool>>? isDone,
        CancellationToken ct
    )
    {
        if (misuse is not null)
            throw new GitHubException(misuse);
        var request = $"{method} {path}";
        for (var attempt = 1; ; attempt++)
        {
            var reply = await AttemptAsync(method, address, body, ct);
            if (reply.Succeeded)
                return reply.Json(request);
            var wait = reply.Wait ?? Retries.Wait(patience, attempt - 1);
            if (!reply.MayBeRepeated || attempt == attempts)
                throw new GitHubException(reply.Describe(request, token));
            if (wait > WaitMax)
                throw new GitHubException(
                    $"{reply.Describe(request, token)}\nGitHub asks to wait for {wait.TotalMinutes:0} minutes, "
                        + $"which is too "
                        + $"long."
                );
            note(
                $"{reply.Describe(request, token)}\nWaiting {wait.TotalSeconds:0} s before attempt {attempt + 1} of "
                    + $"{attempts}."
            );
            await Task.Delay(wait, ct);
            if (reply.MayBeDone && isDone is not null && await isDone())
                return null;
        }
    }

    private async Task<GitHubReply> AttemptAsync(
        HttpMethod method,
        string address,
        Action<Utf8JsonWriter>? body,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
            request.Content = new ByteArrayContent(Bytes(body)) { Headers = { ContentType = new("application/json") } };
        try
        {
            using var response = await http.SendAsync(request, ct);
            return GitHubReply.Of(
                response,
                await response.Content.ReadAsByteArrayAsync(ct),
                TimeProvider.System.GetUtcNow()
            );
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return GitHubReply.None(e);
        }
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(writer);
        return buffer.ToArray();
    }
}
