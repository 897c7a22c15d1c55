using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground;

/// <summary>Texts that people give freely: what no database can hold is refused.</summary>
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
}
