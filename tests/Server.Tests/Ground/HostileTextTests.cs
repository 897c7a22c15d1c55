using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground;

/// <summary>Free texts from users: characters that a database cannot store are refused.</summary>
public sealed class HostileTextTests
{
    [Theory, EveryDatabase]
    public async Task A_null_character_in_a_projects_URL_or_a_changes_note_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("App");

        var url = await ada.PatchAsync("/v0/projects/app", new { url = "https://example.com/\0x" });
        var note = await ada.PatchAsync($"/v0/projects/app/changes/{Guid.CreateVersion7()}", new { note = "a\0b" });

        Assert.Equal((400, 400), (url.Status, note.Status));
        Assert.Contains("url", url.Message, StringComparison.Ordinal);
        Assert.Contains("note", note.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_name_with_a_line_break_or_a_control_character_is_refused_by_every_endpoint(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("App");
        const string app = "/v0/projects/app";
        var organization = $"/v0/organizations/{(string)(await ada.GetAsync(app)).Expect(200)["organization"]!}";
        var user = $"/v0/users/{(string)(await ada.GetAsync("/v0/users")).Expect(200)[0]!["slug"]!}";
        var spec = new
        {
            name = "Spec",
            slug = "spec",
            os = "linux",
            architecture = "x86_64",
            cpu = 2,
            memory = 1 << 30,
            disk = 1 << 30,
            network = false,
        };
        (string Path, string Field, object Good)[] makes =
        [
            ("/v0/organizations", "name", new { name = "Other" }),
            ($"{organization}/projects", "name", new { name = "Other" }),
            ($"{app}/branches", "name", new { name = "other" }),
            ($"{app}/testbeds", "name", new { name = "Other" }),
            ($"{app}/benchmarks", "name", new { name = "other" }),
            ($"{app}/measures", "name", new { name = "Other", units = "s" }),
            ($"{app}/measures", "units", new { name = "Another", units = "s" }),
            ($"{app}/keys", "name", new { name = "Other" }),
            ($"{user}/keys", "name", new { name = "Other" }),
            ($"{user}/tokens", "name", new { name = "Other" }),
            ($"{organization}/api-keys", "name", new { name = "Other", scopes = (string[])["runners:read"] }),
            ("/v0/specs", "name", spec),
            ("/v0/runners", "name", new { name = "Other" }),
        ];
        (string Path, string Field)[] changes =
        [
            (organization, "name"),
            (app, "name"),
            ($"{app}/branches/other", "name"),
            ($"{app}/testbeds/other", "name"),
            ($"{app}/benchmarks/other", "name"),
            ($"{app}/measures/other", "name"),
            ($"{app}/measures/other", "units"),
            ("/v0/specs/spec", "name"),
            ("/v0/runners/other", "name"),
            (user, "name"),
        ];

        foreach (var hostile in (string[])["a\nb", "a\u001b[2Jb", "a\u2028b", "a\u202eb"])
        {
            foreach (var (path, field, good) in makes)
            {
                var body = JsonSerializer.SerializeToNode(good)!;
                body[field] = hostile;
                Refused(await ada.PostAsync(path, body.ToJsonString()), field);
            }
        }
        foreach (var (path, _, good) in makes)
            (await ada.PostAsync(path, good)).Expect(201);
        foreach (var (path, field) in changes)
            Refused(await ada.PatchAsync(path, new JsonObject { [field] = "a\nb" }.ToJsonString()), field);
        // Names from a harness are accepted, so that the run is not lost.
        await ada.RunAsync(new Run("app", Run.Latencies(("line\nbreak", 1))));

        static void Refused(Reply reply, string field)
        {
            Assert.True(reply.Status == 400, $"{reply.Request} answered {reply.Status}: {reply.Text}");
            Assert.Contains(field, reply.Message, StringComparison.Ordinal);
            Assert.Contains("allowed:", reply.Message, StringComparison.Ordinal);
        }
    }
}
