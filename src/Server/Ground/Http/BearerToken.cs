namespace Paddock.Server.Ground.Http;

/// <summary>The token of an Authorization header of the scheme Bearer.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Null where there is no such header, or one of another scheme.</summary>
    public static string? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }
}
