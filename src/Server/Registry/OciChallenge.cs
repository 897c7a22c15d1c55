namespace Paddock.Server.Registry;

/// <summary>What a refusal tells a client that has to sign in: where to get a token, and what for.</summary>
internal static class OciChallenge
{
    /// <param name="address">Where clients find the registry.</param>
    /// <param name="scope">As in repository:NAME:push; null where any token does.</param>
    public static string Of(string address, string? scope)
    {
        var registry = new Uri(address);
        var challenge = $"Bearer realm=\"{address.TrimEnd('/')}{OciTokenEndpoints.Path}\",service=\"{registry.Host}\"";
        return scope is null ? challenge : $"{challenge},scope=\"{Quotable(scope)}\"";
    }

    // A name comes from the address as the client wrote it; in a header it must not end the quotation.
    private static string Quotable(string text) =>
        string.Concat(text.Where(c => c is > ' ' and < '\x7f' and not '"' and not '\\'));
}
