using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Paddock.Cli.GitHub;

/// <summary>GitHub said no, or did not answer.</summary>
internal sealed class GitHubException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The few calls of GitHub's REST API that a run makes in its own repository.</summary>
internal sealed class GitHubClient : IDisposable
{
    /// <summary>The longest text that a comment or a check's summary may have.</summary>
    public const int BodyBytesMax = 65_536;

    private const int PerPage = 100, PagesMax = 100;
    private const string NotPermitted = "Resource not accessible by integration";
    private const string WorkflowLogin = "github-actions[bot]"; // Of the token that every workflow has.
    private readonly string root;
    private readonly string graphql;
    private string? login;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(60) };

    public GitHubClient(string token, string repository)
    {
        var api = Environment.GetEnvironmentVariable("GITHUB_API_URL") is { Length: > 0 } other ? other : "https://api.github.com";
        root = $"{api.TrimEnd('/')}/repos/{repository}";
        graphql = Environment.GetEnvironmentVariable("GITHUB_GRAPHQL_URL") is { Length: > 0 } given ? given : $"{api.TrimEnd('/')}/graphql";
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.UserAgent.Add(new("paddock", typeof(GitHubClient).Assembly.GetName().Version?.ToString(3)));
        http.DefaultRequestHeaders.Accept.Add(new("application/vnd.github+json"));
        http.DefaultRequestHeaders.Add("X-GitHub-Api-Version", "2022-11-28");
    }

    public async Task<ulong> CreateCheckAsync(Check check, string headSha, CancellationToken ct)
    {
        using var created = await SendAsync(HttpMethod.Post, "/check-runs", writer => check.Write(writer, headSha), ct);
        return created.RootElement.GetProperty("id").GetUInt64();
    }

    public async Task UpdateCheckAsync(ulong id, Check check, CancellationToken ct)
    {
        using var updated = await SendAsync(HttpMethod.Patch, $"/check-runs/{id}", writer => check.Write(writer, headSha: null), ct);
    }

    /// <summary>The first comment of ours that ends with this text, or null. Anybody can write the text, so whose comment it is decides.</summary>
    public async Task<ulong?> FindCommentAsync(ulong issue, string ending, CancellationToken ct)
    {
        for (var page = 1; page <= PagesMax; page++)
        {
            using var comments = await SendAsync(HttpMethod.Get, $"/issues/{issue}/comments?per_page={PerPage}&page={page}", body: null, ct);
            foreach (var comment in comments.RootElement.EnumerateArray())
                if (comment.GetProperty("body") is { ValueKind: JsonValueKind.String } body && body.GetString()!.EndsWith(ending, StringComparison.Ordinal)
                    && await IsOwnAsync(comment, ct))
                    return comment.GetProperty("id").GetUInt64();
            if (comments.RootElement.GetArrayLength() < PerPage) return null;
        }
        return null;
    }

    public async Task CreateCommentAsync(ulong issue, string body, CancellationToken ct)
    {
        using var created = await SendAsync(HttpMethod.Post, $"/issues/{issue}/comments", Comment(body), ct);
    }

    public async Task UpdateCommentAsync(ulong id, string body, CancellationToken ct)
    {
        using var updated = await SendAsync(HttpMethod.Patch, $"/issues/comments/{id}", Comment(body), ct);
    }

    public void Dispose() => http.Dispose();

    private static Action<Utf8JsonWriter> Comment(string body) => writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("body", body);
        writer.WriteEndObject();
    };

    private async Task<bool> IsOwnAsync(JsonElement comment, CancellationToken ct)
    {
        if (!comment.TryGetProperty("user", out var user)) return true; // This GitHub does not tell authors.
        if (user.ValueKind != JsonValueKind.Object || !user.TryGetProperty("login", out var author)) return false;
        return string.Equals(author.GetString(), login ??= await LoginAsync(ct), StringComparison.OrdinalIgnoreCase);
    }

    // REST does not tell an app who it is; GraphQL tells everybody.
    private async Task<string> LoginAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await SendToAsync(HttpMethod.Post, graphql, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("query", "query { viewer { login } }");
                writer.WriteEndObject();
            }, ct);
            return answer.RootElement.TryGetProperty("data", out var data) && data.TryGetProperty("viewer", out var viewer) && viewer.TryGetProperty("login", out var own)
                && own.GetString() is { Length: > 0 } name ? name : WorkflowLogin;
        }
        catch (Exception e) when (e is GitHubException or InvalidOperationException) { return WorkflowLogin; }
    }

    private Task<JsonDocument> SendAsync(HttpMethod method, string path, Action<Utf8JsonWriter>? body, CancellationToken ct) => SendToAsync(method, root + path, body, ct);

    private async Task<JsonDocument> SendToAsync(HttpMethod method, string path, Action<Utf8JsonWriter>? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(Bytes(body)) { Headers = { ContentType = new("application/json") } };
        try
        {
            using var response = await http.SendAsync(request, ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if (response.IsSuccessStatusCode) return JsonDocument.Parse(text);
            throw new GitHubException(text.Contains(NotPermitted, StringComparison.OrdinalIgnoreCase)
                ? $"GitHub does not let this token do it. Give the job the permissions `pull-requests: write` and `checks: write` ({method} {Path(path)})."
                : $"GitHub answered {(int)response.StatusCode} {response.ReasonPhrase} to {method} {Path(path)}: {text}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new GitHubException($"GitHub did not answer {method} {Path(path)}: {e.Message}", e);
        }
    }

    // As messages have it: below the repository.
    private string Path(string address) => address.StartsWith(root, StringComparison.Ordinal) ? address[root.Length..] : address;

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(writer);
        return buffer.ToArray();
    }
}

/// <summary>A check run as it begins (without a conclusion) or ends.</summary>
/// <param name="Summary">HTML or Markdown.</param>
internal sealed record Check(string Name, string Title, string Summary, CheckConclusion? Conclusion = null)
{
    private const int NameBytesMax = 255;

    /// <summary>The name under which people make it a required check.</summary>
    public static string NameFor(string? id) => id is null ? "Paddock Report" : Cut($"Paddock Report ({id})");

    public void Write(Utf8JsonWriter writer, string? headSha)
    {
        writer.WriteStartObject();
        writer.WriteString("name", Name);
        if (headSha is not null) writer.WriteString("head_sha", headSha);
        writer.WriteString("status", Conclusion is null ? "in_progress" : "completed");
        if (Conclusion is { } conclusion) writer.WriteString("conclusion", conclusion == CheckConclusion.Success ? "success" : "failure");
        writer.WriteStartObject("output");
        writer.WriteString("title", Title);
        writer.WriteString("summary", Summary);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string Cut(string name)
    {
        var bytes = 0;
        for (var i = 0; i < name.Length;)
        {
            var rune = Rune.GetRuneAt(name, i);
            if ((bytes += rune.Utf8SequenceLength) > NameBytesMax) return name[..i];
            i += rune.Utf16SequenceLength;
        }
        return name;
    }
}

internal enum CheckConclusion { Success, Failure }
