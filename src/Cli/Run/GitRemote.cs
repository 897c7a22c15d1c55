using System.Text.RegularExpressions;

namespace Paddock.Cli.Run;

/// <summary>The address from which a repository was cloned, read from git's own configuration.</summary>
internal static partial class GitRemote
{
    private const int LengthMax = 512;

    /// <summary>
    /// The address of the remote "origin", or else of the first remote, in one form for all spellings; null when there
    /// is no remote.
    /// </summary>
    /// <param name="config">The text of a repository's configuration.</param>
    public static string? Of(string? config)
    {
        var remotes = new List<(string Name, string Url)>();
        string? section = null;
        foreach (var line in config?.Split('\n') ?? [])
        {
            if (Section.Match(line) is { Success: true } begins)
                section = begins.Groups["remote"] is { Success: true } remote ? remote.Value : null;
            else if (section is not null && Url.Match(line) is { Success: true } url)
                remotes.Add((section, url.Groups["url"].Value.Trim('"')));
        }
        if (remotes.Count == 0)
            return null;
        var found = remotes.FirstOrDefault(remote => remote.Name == "origin") is { Url: not null } origin
            ? origin
            : remotes[0];
        return Plain(found.Url) is { Length: > 0 and <= LengthMax } plain ? plain : null;
    }

    public static string? NameOf(string? remote) => remote?.Split('/')[^1] is { Length: > 0 } name ? name : null;

    // https://ada:secret@github.com/acme/rocket.git, git@github.com:acme/rocket.git and
    // ssh://git@github.com:22/acme/rocket are the same.
    private static string Plain(string url)
    {
        var (host, path) =
            Address.Match(url) is { Success: true } address
                ? (address.Groups["host"].Value, address.Groups["path"].Value)
            : Scp.Match(url) is { Success: true } scp ? (scp.Groups["host"].Value, scp.Groups["path"].Value)
            : ("", url);
        path = path.Replace('\\', '/').Trim('/');
        if (path.EndsWith(".git", StringComparison.Ordinal))
            path = path[..^4].TrimEnd('/');
        return host.Length == 0 ? path : $"{host.ToLowerInvariant()}/{path}";
    }

    [GeneratedRegex("""^\s*\[\s*(remote\s+"(?<remote>[^"]+)"|[^\]]*)\s*\]""")]
    private static partial Regex Section { get; }

    [GeneratedRegex(@"^\s*url\s*=\s*(?<url>\S.*?)\s*$")]
    private static partial Regex Url { get; }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*://([^/@]*@)?(?<host>[^/:]*)(:\d+)?(?<path>/.*)$")]
    private static partial Regex Address { get; }

    // A single letter before the colon is a drive of Windows.
    [GeneratedRegex(@"^([^/@:]+@)?(?<host>[^/:@]{2,}):(?<path>[^:].*)$")]
    private static partial Regex Scp { get; }
}
