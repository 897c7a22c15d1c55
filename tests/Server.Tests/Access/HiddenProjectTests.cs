using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Access;

/// <summary>
/// A private project answers outsiders like one that does not exist: same status, same message, and no name that the
/// caller did not send.
/// </summary>
public sealed class HiddenProjectTests
{
    [Theory, EveryDatabase]
    public async Task A_private_project_answers_outsiders_exactly_like_a_missing_one(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        var hidden = (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Secret Plan", visibility = "private" }
            )
        ).Expect(201);
        await eve.CreateProjectAsync("Own");
        var key = server.With(
            (string)(await eve.PostAsync("/v0/projects/own/keys", new { name = "CI" })).Expect(201)["key"]!
        );
        var wrong = new List<string>();
        string[] uuids = [(string)hidden["uuid"]!, Guid.NewGuid().ToString()];

        foreach (var (who, client) in new[] { ("nobody", (Client)server), ("outsider", eve), ("key", key) })
        {
            foreach (var (method, path, body) in Requests)
            {
                var replies = new List<(int, string)>();
                foreach (var uuid in uuids)
                {
                    var reply = await client.SendAsync(
                        new(method),
                        path.Replace("{id}", uuid, StringComparison.Ordinal),
                        body?.Replace("{id}", uuid, StringComparison.Ordinal)
                    );
                    replies.Add((reply.Status, Plain(reply.Text, uuid)));
                }
                if (replies[0] != replies[1] || replies[0].Item2.Contains("secret", StringComparison.OrdinalIgnoreCase))
                    wrong.Add($"{who}: {method} {path}: {replies[0]} and {replies[1]}");
            }
        }
        Assert.Empty(wrong);
    }

    [Theory, EveryDatabase]
    public async Task The_registry_answers_outsiders_alike_for_private_and_missing_projects(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        var hidden = (string)
            (
                await olive.PostAsync(
                    "/v0/organizations/olive-owner/projects",
                    new { name = "Secret Plan", visibility = "private" }
                )
            ).Expect(201)["uuid"]!;
        using (var hers = await Repository.OpenAsync(olive, hidden))
            await hers.PushImageAsync("v1");
        var missing = Guid.NewGuid().ToString();
        var wrong = new List<string>();

        foreach (var (who, user, password) in new[] { ("nobody", null, null), ("outsider", eve.Email, eve.Token) })
        foreach (
            var (method, path) in new[]
            {
                ("GET", "manifests/v1"),
                ("GET", "tags/list"),
                ("HEAD", $"blobs/{Repository.Sha256([1])}"),
                ("DELETE", "manifests/v1"),
                ("GET", $"referrers/{Repository.Sha256([1])}"),
            }
        )
        {
            var replies = new List<(int, string)>();
            foreach (var name in new[] { hidden, missing })
            {
                var token = server
                    .Part<Paddock.Server.Registry.OciTokens>()
                    .Sign(
                        user is null
                            ? new(
                                Paddock.Server.Registry.OciBearer.Anonymous,
                                Subject: null,
                                new([new(name, Pull: true, Push: true)])
                            )
                            : new(
                                Paddock.Server.Registry.OciBearer.User,
                                eve.Uuid.ToString(),
                                new([new(name, Pull: true, Push: true)])
                            )
                    );
                using var repository = new Repository(server.Address, name, token.Text);
                var reply = await repository.SendAsync(method, path);
                replies.Add((reply.Status, Plain(reply.Text, name)));
            }
            if (replies[0] != replies[1])
                wrong.Add($"{who}: {method} {path}: {replies[0]} and {replies[1]}");
            Assert.True(user is null == password is null);
        }
        Assert.Empty(wrong);
    }

    private static readonly (string Method, string Path, string? Body)[] Requests =
    [
        ("GET", "/v0/projects/{id}", null),
        ("PATCH", "/v0/projects/{id}", """{"name":"Mine"}"""),
        ("DELETE", "/v0/projects/{id}", null),
        ("GET", "/v0/projects/{id}/reports", null),
        ("GET", "/v0/projects/{id}/branches", null),
        ("GET", "/v0/projects/{id}/testbeds/any", null),
        ("GET", "/v0/projects/{id}/jobs", null),
        ("GET", "/v0/projects/{id}/jobs/events", null),
        ("GET", "/v0/projects/{id}/keys", null),
        ("GET", "/v0/projects/{id}/allowed/view", null),
        ("POST", "/v0/projects/{id}/testbeds", """{"name":"Box"}"""),
        ("GET", "/v0/projects/{id}/plots", null),
        ("GET", "/v0/projects/{id}/alerts", null),
        ("GET", "/v0/projects/{id}/changes", null),
        ("GET", "/v0/projects/{id}/changes/events", null),
        ("GET", "/v0/projects/{id}/compare?base=main&head=main", null),
        (
            "POST",
            "/v0/run",
            """{"project":"{id}","context":{"bencher.dev/v0/repo/name":"x"},"start_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T00:00:01Z","results":[]}"""
        ),
        ("GET", "/perf/{id}", null),
        ("GET", "/console/projects/{id}/jobs", null),
    ];

    // The text without the caller's input and the request's id.
    private static string Plain(string text, string said)
    {
        var plain = text.Replace(said, "ID", StringComparison.OrdinalIgnoreCase);
        var at = plain.IndexOf("\"request_id\":\"", StringComparison.Ordinal);
        return at < 0 ? plain : plain.Remove(at + "\"request_id\":\"".Length, 36);
    }
}
