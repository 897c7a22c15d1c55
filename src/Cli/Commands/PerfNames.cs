using System.Text.Json;
using Paddock.Core.Names;

namespace Paddock.Cli.Commands;

/// <summary>Resolves names to UUIDs. The plot API takes only UUIDs, so that a shared plot survives renaming.</summary>
internal static class PerfNames
{
    /// <summary>Returns a UUID unchanged; otherwise resolves the text as a slug, and then as a name.</summary>
    /// <param name="nouns">The plural noun in the path: "branches".</param>
    /// <exception cref="Failure">The project has nothing with this slug or name.</exception>
    public static async Task<string> UuidOfAsync(
        ApiClient api,
        string project,
        string nouns,
        string text,
        CancellationToken ct
    )
    {
        if (UuidText.TryParse(text, out var uuid))
            return uuid.ToString();
        var all = $"/v0/projects/{Uri.EscapeDataString(project)}/{nouns}";
        if (Slug.TryParse(text, out var slug))
        {
            var found = await api.TryAsync(HttpMethod.Get, $"{all}/{slug}", body: null, ct);
            if (!found.IsNotFound)
                return UuidIn(api.JsonOf(found, HttpMethod.Get, all)) ?? throw Unknown();
        }
        var named = await api.SendAsync(HttpMethod.Get, $"{all}?name={Uri.EscapeDataString(text)}", body: null, ct);
        return UuidIn(named) ?? throw Unknown();

        Failure Unknown() =>
            new($"The project {project} has no entry in {nouns} with the name or slug {Text.Quote(text)}.");
    }

    // The UUID of the answered object, or of the first object in a list.
    private static string? UuidIn(byte[] answer)
    {
        using var document = JsonDocument.Parse(answer, Answer.Deep);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Array)
            root = root.EnumerateArray().FirstOrDefault();
        return
            root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("uuid", out var uuid)
            && uuid.ValueKind == JsonValueKind.String
            ? uuid.GetString()
            : null;
    }
}
