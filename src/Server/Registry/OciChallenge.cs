namespace Paddock.Server.Registry;

/// <summary>The WWW-Authenticate challenge: tells a client where to get a token, and for which scope.</summary>
internal static class OciChallenge
{
    /// <param name="address">The registry's address for clients.</param>
    /// <param name="scope">For example repository:NAME:push; null when any token will do.</param>
    public static string Of(string address, string? scope)
    {
        var registry = new Uri(address);
        var challenge = $"Bearer realm=\"{address.TrimEnd('/')}{OciTokenEndpoints.Path}\",service=\"{registry.Host}\"";
        return scope is null ? challenge : $"{challenge},scope=\"{Quotable(scope)}\"";
    }

    // The repository's name comes unchecked from the request's path, and must not end the quoted string of the header.
    private static string Quotable(string text) =>
        string.Concat(text.Where(c => c is > ' ' and < '\x7f' and not '"' and not '\\'));
}
