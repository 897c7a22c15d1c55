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
        var isKnown =
            Uri.TryCreate(projectUrl, UriKind.Absolute, out var url)
            && url is { Scheme: "https", Host: "github.com" }
            && url.Segments.Length >= 3;
        return new(
            hash,
            isKnown ? $"https://github.com{string.Concat(url!.Segments[..3]).TrimEnd('/')}/commit/{hash}" : null
        );
    }
}
