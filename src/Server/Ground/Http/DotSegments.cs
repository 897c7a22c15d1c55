using Microsoft.AspNetCore.Http.Features;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Refuses paths with the segments "." and "..", also as %2e. The server would resolve them before it looks for an
/// endpoint: a client that removes the member ".." of an organization would remove the organization, and a proxy may
/// see another path than the server.
/// </summary>
internal static class DotSegments
{
    public static void Refuse(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (HasAny(target))
            throw Refusal.BadInput("the path: the segments \".\" and \"..\" are not allowed, nor their forms with %2e");
    }

    /// <param name="target">As it was sent.</param>
    internal static bool HasAny(string target)
    {
        var path = target.Split('?', 2)[0];
        // Most paths have neither.
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("/%2", StringComparison.Ordinal))
            return false;
        return path.Split('/')
            .Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
    }
}
