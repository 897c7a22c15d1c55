namespace Paddock.Server.Ground.Pages;

/// <summary>A commit as pages show it.</summary>
/// <param name="Address">The URL of the commit's diff, if it can be derived from the project's URL.</param>
public sealed record Commit(string Hash, string? Address)
{
    private const int CharsShown = 10;

    public string Short => Hash.Length > CharsShown ? Hash[..CharsShown] : Hash;

    public static Commit? Of(string? hash, string? projectUrl)
    {
        if (hash is null)
            return null;
        return new(hash, RootOf(projectUrl) is { } root ? root + hash : null);
    }

    // The URL to append a hash to; null if the project's URL is not a repository on a known forge.
    private static string? RootOf(string? projectUrl)
    {
        if (!Uri.TryCreate(projectUrl, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
            return null;
        var path = url.AbsolutePath.Trim('/');
        if (path.EndsWith(".git", StringComparison.Ordinal))
            path = path[..^".git".Length];
        var parts = path.Split('/');
        if (parts.Length < 2)
            return null;
        var repository = $"{url.GetLeftPart(UriPartial.Authority)}/{parts[0]}/{parts[1]}";
        var name = url.Host.Split('.')[0];
        return url.Host switch
        {
            "github.com" or "codeberg.org" => $"{repository}/commit/",
            "bitbucket.org" => $"{repository}/commits/",
            // GitLab's groups are nested; the part after the repository begins with a hyphen.
            _ when name == "gitlab" => $"{url.GetLeftPart(UriPartial.Authority)}/{path.Split("/-/")[0]}/-/commit/",
            _ when name is "gitea" or "forgejo" => $"{repository}/commit/",
            _ => null,
        };
    }
}
