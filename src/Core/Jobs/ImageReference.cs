using System.Diagnostics.CodeAnalysis;
using Paddock.Core.Names;

namespace Paddock.Core.Jobs;

/// <summary>
/// How an image is named: [registry/]repository[:tag|@digest]. What looks like no host belongs to the registry that
/// needs no name; without tag and digest the tag is latest.
/// </summary>
/// <param name="Registry">The host, with its port where one is given; docker.io where the name has none.</param>
/// <param name="Repository">The path; of that unnamed registry with library/ before a single part.</param>
/// <param name="Tag">Null where there is a digest.</param>
/// <param name="Digest">sha256: or sha512: with lower-case hexadecimal digits; or null.</param>
public sealed record ImageReference(string Registry, string Repository, string? Tag, string? Digest)
    : IText<ImageReference>
{
    public const string DefaultRegistry = "docker.io";
    private const string Library = "library/";

    public static string Noun => "image";
    public static string Rule => "[registry/]repository, with :tag or @sha256:<64 hexadecimal digits> behind it";

    /// <summary>
    /// The name of the project that the image would be in: its only part, or null where it has several.
    /// </summary>
    public string? ProjectName =>
        Repository.StartsWith(Library, StringComparison.Ordinal) && Registry == DefaultRegistry
            ? Single(Repository[Library.Length..])
            : Single(Repository);

    /// <summary>The project that a name stands for, even if its tag or digest is none.</summary>
    public static string? ProjectNameIn(string text)
    {
        var (registry, repository) = Split(WithoutTag(text.Split('@')[0]));
        return new ImageReference(registry, repository, Tag: null, Digest: null).ProjectName;
    }

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out ImageReference value)
    {
        value = null;
        if (string.IsNullOrEmpty(text) || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return false;
        var (name, tag, digest) = (text, (string?)"latest", (string?)null);
        if (text.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            (name, tag, digest) = (WithoutTag(text[..at]), null, text[(at + 1)..]);
            if (!Names.Digest.Is(digest))
                return false;
        }
        else if (TagColon(text) is { } colon)
            (name, tag) = (text[..colon], text[(colon + 1)..]);
        if (name.Length == 0 || tag is { Length: 0 })
            return false;
        var (registry, repository) = Split(name);
        if (repository.Length == 0)
            return false;
        value = new(registry, repository, tag, digest);
        return true;
    }

    private static (string Registry, string Repository) Split(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (
            slash >= 0
            && name[..slash] is var host
            && (
                host == "localhost"
                || host.Contains('.', StringComparison.Ordinal)
                || host.Contains(':', StringComparison.Ordinal)
            )
        )
            return (host, name[(slash + 1)..]);
        return (DefaultRegistry, slash < 0 ? Library + name : name);
    }

    // Behind the last colon stands the tag, unless it is the port of a registry.
    private static int? TagColon(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0)
            return null;
        var (before, after) = (text[..colon], text[(colon + 1)..]);
        if (after.Contains('/', StringComparison.Ordinal))
            return null;
        return after.Length > 0 && after.All(char.IsAsciiDigit) && before.Contains('/', StringComparison.Ordinal)
            ? null
            : colon;
    }

    private static string WithoutTag(string name) => TagColon(name) is { } colon ? name[..colon] : name;

    private static string? Single(string path) => path.Contains('/', StringComparison.Ordinal) ? null : path;
}
