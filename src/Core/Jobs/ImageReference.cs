using System.Diagnostics.CodeAnalysis;
using Paddock.Core.Names;

namespace Paddock.Core.Jobs;

/// <summary>
/// The name of an image: [registry/]repository[:tag|@digest]. If the first part is not a host, the registry is
/// docker.io. Without a tag or digest the tag is "latest".
/// </summary>
/// <param name="Registry">The host, with its port if given; docker.io if the name has no host.</param>
/// <param name="Repository">The path. On docker.io, a path of a single part gets the prefix library/.</param>
/// <param name="Tag">Null if the name has a digest.</param>
/// <param name="Digest">sha256: or sha512: with lower-case hexadecimal digits; or null.</param>
public sealed record ImageReference(string Registry, string Repository, string? Tag, string? Digest)
    : IText<ImageReference>
{
    public const string DefaultRegistry = "docker.io";
    private const string Library = "library/";

    public static string Noun => "image";
    public static string Rule => "[registry/]repository, followed by :tag or @sha256:<64 hexadecimal digits>";

    /// <summary>
    /// The name of the project whose registry would hold the image: the only part of the path; null for several parts.
    /// </summary>
    public string? ProjectName =>
        Repository.StartsWith(Library, StringComparison.Ordinal) && Registry == DefaultRegistry
            ? Single(Repository[Library.Length..])
            : Single(Repository);

    /// <summary>The project that an image name refers to, even if the name's tag or digest is invalid.</summary>
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

    // The tag follows the last colon, unless that colon starts the port of a registry.
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
