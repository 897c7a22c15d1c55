using System.Text;
using System.Text.Json.Nodes;

namespace Paddock.Torture.Fuzzer;

/// <summary>The content of a server before it is fuzzed, and the credentials for the requests.</summary>
/// <param name="Document">The OpenAPI document, from whose schemas bodies are generated.</param>
/// <param name="Credentials">Values of the Authorization header; null for none.</param>
/// <param name="Cookies">The cookies of a browser that is signed in.</param>
internal sealed record FuzzWorld(
    JsonNode Document,
    IReadOnlyList<FuzzRoute> Routes,
    IReadOnlyList<string?> Credentials,
    IReadOnlyList<string> Cookies
)
{
    // Excluded: endless answers, and requests that take as long as a backup or a mail.
    private static readonly string[] Apart = ["/v0/server/backup", "/health/live"];

    public static async Task<FuzzWorld> MakeAsync(ServerProcess server, Known known)
    {
        using var nobody = new Client(server.Address, token: null);
        var document = (await nobody.GetAsync("/v0/server/spec")).Expect(200);
        var permissions = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.Root, "docs", "permissions.md"));
        IReadOnlyList<FuzzRoute> routes =
        [
            .. FuzzRoute.All(document, permissions).Where(route => !Array.Exists(Apart, route.Path.StartsWith)),
        ];
        var world = await JobWorld.MakeAsync(nobody, server.Tokens);
        var (runner, key) = await world.CreateRunnerAsync("Rig");
        var ada = world.Admin;
        var bob = await nobody.SignUpAsync("Bob Builder", server.Tokens);
        for (var i = 0; i < 12; i++)
            await ada.RunAsync(
                new(world.Project, Run.Latencies(("b0", i == 11 ? 90 : 10 + i % 2), ("b1", 5)))
                {
                    Hash = Run.Commit(i),
                    Thresholds = Run.UpperThreshold("static", 50),
                }
            );
        await world.SubmitAsync();
        using var repository = await Repository.OpenAsync(ada, world.Project);
        known.Add("digest", await repository.PushImageAsync("v1"));
        List<string?> credentials =
        [
            null,
            $"Bearer {ada.Token}",
            $"Bearer {ada.Token}",
            $"Bearer {ada.Token}",
            $"Bearer {bob.Token}",
            $"Bearer {key}",
            $"Bearer {repository.Token}",
            "Bearer x",
            "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ada.Email}:{ada.Token}")),
            "Basic !",
        ];
        foreach (var (name, value) in Things(world, ada, runner))
            known.Add(name, value);
        foreach (
            var path in new[]
            {
                "branches",
                "testbeds",
                "benchmarks",
                "measures",
                "thresholds",
                "reports",
                "alerts",
                "jobs",
            }
        )
            known.Harvest(path.TrimEnd('s'), (await ada.GetAsync($"/v0/projects/{world.Project}/{path}")).Expect(200));
        return new(document, routes, credentials, await SignInAsync(server, ada.Token));
    }

    private static (string Name, string Value)[] Things(JobWorld world, TestUser ada, string runner) =>
        [
            ("project", world.Project),
            ("repository", world.Project),
            ("organization", ada.Slug),
            ("user", ada.Slug),
            ("spec", world.Spec),
            ("runner", runner),
            ("branch", "main"),
            ("branche", "main"),
            ("testbed", "box"),
            ("measure", "latency"),
            ("benchmark", "b0"),
            ("reference", "v1"),
            ("tag", "v1"),
            ("hash", Run.Commit(3)),
            ("slug", ada.Slug),
            ("email", ada.Email),
            ("image", JobWorld.Image),
            ("start_time", "2026-11-20T10:00:00Z"),
            ("end_time", "2026-11-20T10:00:01Z"),
            ("results", Run.Latencies(("b0", 10))),
            ("role", "leader"),
            ("sort", "created"),
            ("direction", "desc"),
            ("per_page", "8"),
            ("page", "1"),
        ];

    private static async Task<IReadOnlyList<string>> SignInAsync(ServerProcess server, string token)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        using var form = new FormUrlEncodedContent([new("secret", token)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/auth/login"));
        (request.Content, request.Headers.Host) = (form, null);
        request.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        using var answer = await http.SendAsync(request);
        return answer.Headers.TryGetValues("Set-Cookie", out var set)
            ? [.. set.Select(cookie => cookie.Split(';')[0])]
            : [];
    }
}
