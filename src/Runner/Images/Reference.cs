using System.Text.RegularExpressions;
using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>An image reference in text form: registry/repository:tag or registry/repository@digest.</summary>
internal sealed partial record Reference(Uri Registry, string Repository, string TagOrDigest)
{
    public static bool TryParse(string text, out Reference? reference, out string refusal)
    {
        reference = null;
        refusal = "";
        var match = Form.Match(text);
        if (
            !match.Success
            || (
                !match.Groups["host"].Value.Contains('.', StringComparison.Ordinal)
                && !match.Groups["host"].Value.Contains(':', StringComparison.Ordinal)
                && match.Groups["host"].Value != "localhost"
            )
        )
        {
            refusal =
                $"\"{text}\" is neither a folder with an image nor a reference such as "
                + $"registry.example.com/project/image:tag";
            return false;
        }
        if (match.Groups["digest"].Value is { Length: > 0 } digest && !Digest.Is(digest))
        {
            refusal = $"\"{digest}\" is not a digest";
            return false;
        }
        var host = match.Groups["host"].Value;
        var scheme =
            match.Groups["scheme"].Value is { Length: > 0 } given ? given
            : host.Split(':')[0] is "localhost" or "127.0.0.1" or "[" ? "http://"
            : "https://";
        reference = new(
            new Uri(scheme + host + "/"),
            match.Groups["name"].Value,
            match.Groups["digest"].Value is { Length: > 0 } pinned ? pinned
                : match.Groups["tag"].Value is { Length: > 0 } tag ? tag
                : "latest"
        );
        return true;
    }

    [GeneratedRegex(
        @"^(?<scheme>https?://)?(?<host>[A-Za-z0-9.-]+(:\d+)?)/(?<name>[a-z0-9]+([._/-]+[a-z0-9]+)*)(:(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@(?<digest>[a-z0-9]+:[0-9a-f]+))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Form { get; }
}
