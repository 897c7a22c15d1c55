namespace Paddock.Server.Ground.Pages;

/// <summary>A commit as pages show it.</summary>
/// <param name="Address">Where its change can be read, where the project's address tells.</param>
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

    // What a hash is appended to; null where the project's address is not that of a repository on a forge that is
    // known.
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
            // The groups of GitLab are nested; what is not the repository any more begins with a hyphen.
            _ when name == "gitlab" => $"{url.GetLeftPart(UriPartial.Authority)}/{path.Split("/-/")[0]}/-/commit/",
            _ when name is "gitea" or "forgejo" => $"{repository}/commit/",
            _ => null,
        };
    }
}
