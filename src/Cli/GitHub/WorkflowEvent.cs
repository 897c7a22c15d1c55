using System.Text.Json;

namespace Paddock.Cli.GitHub;

/// <summary>The event that triggered the workflow of this run, reduced to the fields that a run needs.</summary>
/// <param name="Repository">Owner and name: <c>acme/rocket</c>; null where the event names none.</param>
/// <param name="HeadRepository">For a pull request, the repository of its commits; null when that was deleted.</param>
/// <param name="HasPullRequest">True when the event contains the pull request, not only its number.</param>
internal sealed record WorkflowEvent(
    string Name,
    string? Repository,
    bool HasPullRequest,
    string? HeadRepository,
    string? HeadSha,
    ulong? Number
)
{
    /// <summary>
    /// True for a pull request from another owner's fork, whose code would run with this repository's secrets.
    /// </summary>
    public bool IsFromFork =>
        (Name == "pull_request" || Name == "pull_request_target" && HasPullRequest)
        && !string.Equals(Owner(HeadRepository), Owner(Repository), StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the event's own number is that of a pull request.</summary>
    public bool IsPullRequest => Name is "pull_request" or "pull_request_target";

    /// <exception cref="Failure">GitHub's variables are not set, or the event cannot be read.</exception>
    public static WorkflowEvent Read()
    {
        var path = Environment.GetEnvironmentVariable("GITHUB_EVENT_PATH") is { Length: > 0 } set
            ? set
            : throw new Failure(
                "GITHUB_EVENT_PATH is not set, so the event that triggered this workflow cannot be checked."
            );
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return new(
                Environment.GetEnvironmentVariable("GITHUB_EVENT_NAME") ?? "",
                Repo(root, "repository", "full_name"),
                Find(root, "pull_request") is { ValueKind: JsonValueKind.Object },
                Repo(root, "pull_request", "head", "repo", "full_name"),
                Text(root, "pull_request", "head", "sha")
                    ?? Text(root, "workflow_run", "head_sha")
                    ?? Environment.GetEnvironmentVariable("GITHUB_SHA"),
                Find(root, "number") is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt64(out var value)
                    ? value
                    : null
            );
        }
        catch (Exception e)
            // InvalidOperationException: a string is not valid Unicode.
            when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new Failure($"The event that triggered this workflow could not be read from {path}: {e.Message}", e);
        }
    }

    private static string? Repo(JsonElement at, params ReadOnlySpan<string> path) =>
        Text(at, path) is not { } name || name.Split('/') is [{ Length: > 0 }, { Length: > 0 }]
            ? Text(at, path)
            : throw new Failure(
                $"The event that triggered this workflow names the repository {Core.Names.Text.Quote(name)}, which "
                    + "does not have the form OWNER/NAME."
            );

    private static string? Owner(string? repository) => repository?.Split('/')[0];

    private static string? Text(JsonElement at, params ReadOnlySpan<string> path) =>
        Find(at, path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    private static JsonElement? Find(JsonElement at, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out var next))
                return null;
            at = next;
        }
        return at;
    }
}
