using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>
/// Checks, before a benchmark runs for an hour, whether the key and the project would have its report refused
/// afterwards.
/// </summary>
internal static class Preflight
{
    /// <exception cref="Failure">The report would be refused.</exception>
    public static async Task CheckAsync(ApiClient api, ResourceId? project, CancellationToken ct)
    {
        if (project is null)
        {
            if (api.Credential is { IsProjectKey: false })
                Refuse(api, await api.AskAsync("/v0/organizations?per_page=1", ct));
            return;
        }
        var found = await api.AskAsync($"/v0/projects/{project}", ct);
        Refuse(api, found);
        // A missing project is created by the first run, but not with a project's own key.
        if (found.IsNotFound && api.Credential is { IsProjectKey: true })
            api.Succeeded(found);
        if (found.IsNotFound && api.Untrusted is { } why)
            throw new Failure(
                $"The project {project} does not exist, or does not trust this CI job. To create it, give "
                    + $"--ci-on-the-fly. {why}"
            );
        if (!found.Succeeded || !IsClaimed(found.Body))
            return;
        if (api.Credential is null)
            throw new Failure(
                $"The project {project} has an owner, so a key is needed: give --key, or set PADDOCK_API_KEY"
                    + (api.Untrusted is { } reason ? $", or have it trust this CI job. {reason}" : ".")
            );
        if (api.Credential.IsProjectKey)
            return;
        var allowed = await api.AskAsync($"/v0/projects/{project}/allowed/create", ct);
        if (allowed.Succeeded && IsAllowed(allowed.Body) is false)
            throw new Failure(
                $"This credential may not add reports to the project {project}: it lacks the permission \"create\"."
            );
    }

    private static void Refuse(ApiClient api, Answer answer)
    {
        if (answer.IsUnauthorized || answer.IsForbidden)
            api.Succeeded(answer);
    }

    // True when the project has an owner. An unclaimed project accepts anybody's runs; an unknown answer counts as
    // unclaimed.
    private static bool IsClaimed(byte[] project) => Find(project, "claimed") is { ValueKind: JsonValueKind.String };

    private static bool? IsAllowed(byte[] answer) =>
        Find(answer, "allowed") switch
        {
            { ValueKind: JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.True } => true,
            _ => null,
        };

    private static JsonElement? Find(byte[] json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value)
                ? value.Clone()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
