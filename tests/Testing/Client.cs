using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A caller of the server: sends JSON and returns a <see cref="Reply"/>.</summary>
public class Client : IDisposable
{
    public Client(Uri address, string? token)
    {
        Address = address;
        Http = new() { BaseAddress = address };
        if (token is not null)
            Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public Uri Address { get; }

    /// <summary>The HTTP client, for requests that the shorthands below do not cover.</summary>
    public HttpClient Http { get; }

    public Task<Reply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, body: null);

    public Task<Reply> PostAsync(string path, object? body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Reply> PutAsync(string path, object? body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Reply> PatchAsync(string path, object? body) => SendAsync(HttpMethod.Patch, path, body);

    public Task<Reply> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, body: null);

    /// <param name="body">
    /// An anonymous object or a JSON node; a string is sent unchanged, even if it is not JSON.
    /// </param>
    public async Task<Reply> SendAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = body is string text
                ? new StringContent(text, new MediaTypeHeaderValue("application/json"))
                : JsonContent.Create(body);
        using var response = await Http.SendAsync(request);
        return new(
            $"{method} {path}",
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers
        );
    }

    /// <summary>Signs up and confirms. The first user is the administrator.</summary>
    /// <param name="name">
    /// As in "Ada Admin", whose address becomes ada.admin@example.com and whose organization is ada-admin.
    /// </param>
    public async Task<TestUser> SignUpAsync(string name, Tokens tokens)
    {
        var email = name.ToLowerInvariant().Replace(' ', '.') + "@example.com";
        (
            await PostAsync(
                "/v0/auth/signup",
                new
                {
                    name,
                    email,
                    i_agree = true,
                }
            )
        ).Expect(202);
        var session = (await PostAsync("/v0/auth/confirm", new { token = tokens.Mint("auth", email) })).Expect(200);
        return new(Address, email, session);
    }

    /// <summary>Posts a run to <c>/v0/run</c>.</summary>
    /// <returns>The report.</returns>
    public async Task<JsonNode> RunAsync(Run run) => (await PostAsync("/v0/run", run.ToJson())).Expect(201);

    public void Dispose()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A user who has signed up.</summary>
public sealed class TestUser(Uri address, string email, JsonNode session) : Client(address, (string)session["token"]!)
{
    public string Email => email;
    public string Token => (string)session["token"]!;
    public Guid Uuid => (Guid)session["user"]!["uuid"]!;
    public string Slug => (string)session["user"]!["slug"]!;

    /// <summary>Creates a project in the user's own organization.</summary>
    /// <returns>Its slug.</returns>
    public async Task<string> CreateProjectAsync(string name)
    {
        var project = (await PostAsync($"/v0/organizations/{Slug}/projects", new { name })).Expect(201);
        return (string)project["slug"]!;
    }
}
