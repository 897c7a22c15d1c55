using Microsoft.AspNetCore.Http.Features;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Refuses paths with the segments "." and "..", also as %2e. The server would resolve them before routing: a client
/// that deletes the member ".." of an organization would delete the organization, and a proxy may see a different path
/// than the server.
/// </summary>
internal static class DotSegments
{
    public static void Refuse(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (HasAny(target))
            throw Refusal.BadInput("the path: the segments \".\" and \"..\" are not allowed, nor their forms with %2e");
    }

    /// <param name="target">The request target as sent.</param>
    internal static bool HasAny(string target)
    {
        var path = target.Split('?', 2)[0];
        // Fast path: most paths have neither.
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("/%2", StringComparison.Ordinal))
            return false;
        return path.Split('/')
            .Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
    }
}
