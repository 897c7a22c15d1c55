using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Http;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.House;

/// <summary>
/// Sends one request to a route as one caller, and tells from the answer whether the caller was let in. Requests that
/// would change something name things that do not exist, or have a body that is not JSON: an answer that complains
/// about those shows that the rule has passed.
/// </summary>
internal sealed class PermissionWalk(PermissionWorld world) : IDisposable
{
    public const string LetIn = "✓";

    private static readonly string Unknown = Guid.NewGuid().ToString();
    private static readonly string[] NoCredential =
    [
        "The Authorization header is missing",
        "The bearer token is neither a user",
        "The token has expired, or this server has not issued it",
    ];

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = world.Server.Address,
    };

    /// <summary>The cell of the table: one answer, or the answers for the public and the private project.</summary>
    public async Task<string> CellAsync(string route, AccessRule rule, WalkCaller caller)
    {
        if (
            !route.Contains("{project}", StringComparison.Ordinal)
            && !route.Contains("{name}", StringComparison.Ordinal)
        )
            return await AskAsync(route, rule, caller, world.Private);
        var (onPublic, onPrivate) = (
            await AskAsync(route, rule, caller, world.Public),
            await AskAsync(route, rule, caller, world.Private)
        );
        return onPublic == onPrivate ? onPublic : $"{onPublic} / {onPrivate}";
    }

    private async Task<string> AskAsync(string route, AccessRule rule, WalkCaller caller, WalkProject project)
    {
        var (method, path) = (
            route[..route.IndexOf(' ', StringComparison.Ordinal)],
            route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..]
        );
        using var request = new HttpRequestMessage(new(method), await AddressAsync(method, path, project));
        if (caller.Token is { } token)
            request.Headers.Authorization = new("Bearer", token);
        if (rule.Accepts.HasFlag(Credentials.RegistryToken))
        {
            var exchanged = await Repository.TokenAsync(
                world.Server.Address,
                project.Slug,
                caller.Name,
                caller.Token,
                "pull,push"
            );
            if (exchanged.Status != 200)
                return $"{exchanged.Status}";
            request.Headers.Authorization = new("Bearer", (string)exchanged.Json["token"]!);
        }
        if (path.EndsWith("/channel", StringComparison.Ordinal))
            Upgrade(request);
        if (method is "POST" or "PUT" or "PATCH")
            request.Content = BodyOf(method, path);
        request.Headers.Add("Origin", world.Server.Address.GetLeftPart(UriPartial.Authority));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var isStream =
            response.Content.Headers.ContentType?.MediaType == "text/event-stream" || (int)response.StatusCode == 101;
        return Judge(
            (int)response.StatusCode,
            response.Headers.Location?.ToString(),
            isStream ? "" : await response.Content.ReadAsStringAsync(patience.Token)
        );
    }

    /// <summary>The route with its parameters replaced by things of the world.</summary>
    public async Task<string> AddressAsync(string method, string route, WalkProject project)
    {
        var changes = method is not ("GET" or "HEAD" or "OPTIONS");
        var path = new StringBuilder(route);
        if (method == "DELETE" && route == "/v0/projects/{project}")
            path.Replace("{project}", await world.DoomedAsync(project.IsPublic));
        if (method == "DELETE" && route == "/v0/organizations/{organization}")
            path.Replace(
                "{organization}",
                (string)
                    (
                        await world.Leader.PostAsync("/v0/organizations", new { name = $"Doomed {Guid.NewGuid()}" })
                    ).Expect(201)["slug"]!
            );
        foreach (var name in Parameters(route))
            path.Replace($"{{{name}}}", Value(name, route, project, changes));
        if (route.EndsWith("/perf", StringComparison.Ordinal) || route.EndsWith("/perf/img", StringComparison.Ordinal))
            path.Append('?').Append(project.PerfQuery);
        if (route.EndsWith("/compare", StringComparison.Ordinal))
            path.Append("?base=main&head=main");
        if (method == "PUT" && route.EndsWith("/uploads", StringComparison.Ordinal))
            path.Append("?digest=").Append(Repository.Sha256([9, 9, 9]));
        return path.ToString();
    }

    private string Value(string name, string route, WalkProject project, bool changes)
    {
        // The subject of the route exists; a change names a last element of the path that does not exist.
        var isSubject =
            name is "project" or "organization" or "slug" or "name" or "permission"
            || (name == "user" && route.StartsWith("/v0/users/{user}", StringComparison.Ordinal));
        return name switch
        {
            "digest" => changes ? Repository.Sha256([9, 9, 9]) : PermissionWorld.Blob,
            "reference" => changes ? "v2" : "v1",
            "key" when route.Contains("/pods/", StringComparison.Ordinal) => "pod-none",
            "key" when changes => Unknown,
            "key" => route.StartsWith("/v0/users", StringComparison.Ordinal)
                ? world.Things["userKey"]
                : project.Things["projectKey"],
            _ when changes && !isSubject => Unknown,
            _ => project.Things.GetValueOrDefault(name) ?? world.Things.GetValueOrDefault(name) ?? Unknown,
        };
    }

    private static IEnumerable<string> Parameters(string route) =>
        route.Split('{').Skip(1).Select(part => part.Split('}')[0]);

    private static HttpContent BodyOf(string method, string path) =>
        method == "PUT" && path.Contains("/manifests/", StringComparison.Ordinal)
            ? new ByteArrayContent(PermissionWorld.Manifest)
            {
                Headers = { ContentType = new(Repository.ManifestType) },
            }
        : path.StartsWith("/v", StringComparison.Ordinal)
        || path is "/mcp"
        || path.StartsWith("/api", StringComparison.Ordinal)
        || path.StartsWith("/pods", StringComparison.Ordinal)
            ? new StringContent("{", new MediaTypeHeaderValue("application/json"))
        : new StringContent("", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));

    private static void Upgrade(HttpRequestMessage request)
    {
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(new byte[16]));
    }

    private static string Judge(int status, string? location, string text)
    {
        var message = MessageOf(text);
        return status switch
        {
            302 when location!.StartsWith("/auth/login?", StringComparison.Ordinal) => "sign in",
            400 when NoCredential.Any(sentence => message.Contains(sentence, StringComparison.Ordinal)) => "400",
            // The sign-in form is shown again.
            401 when message.Contains("name=\"secret\"", StringComparison.Ordinal) => LetIn,
            403
                when message.Contains("This form belongs to another session", StringComparison.Ordinal)
                    || message.Contains("To sign up, agree to the terms", StringComparison.Ordinal) => LetIn,
            404 when IsOfAnother(message) => LetIn,
            401 or 403 or 404 => $"{status}",
            >= 500 => $"{status}!",
            _ => LetIn,
        };
    }

    // A caller who passed the rule is told that the last element of the path does not exist; an outsider, that the
    // first does not.
    private static bool IsOfAnother(string message) =>
        message.StartsWith("There is no ", StringComparison.Ordinal)
            && !message.StartsWith("There is no project ", StringComparison.Ordinal)
            && !message.StartsWith("There is no organization ", StringComparison.Ordinal)
        || message.StartsWith("OCI ", StringComparison.Ordinal) && message is not "OCI NAME_UNKNOWN";

    private static string MessageOf(string text)
    {
        try
        {
            return JsonNode.Parse(text) switch
            {
                JsonObject json when json["errors"] is JsonArray { Count: > 0 } errors => $"OCI {errors[0]!["code"]}",
                JsonObject json => (string?)json["message"] ?? json["error"]?.ToString() ?? "",
                _ => text,
            };
        }
        catch (JsonException)
        {
            return text;
        }
    }

    public void Dispose() => http.Dispose();
}
