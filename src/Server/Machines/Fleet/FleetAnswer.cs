using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>A JSON answer with an ETag. A caller that already has this state gets 304 Not Modified.</summary>
/// <param name="tag">The ETag, without quotation marks.</param>
/// <param name="json">The body, or null when the caller already has it.</param>
internal sealed class FleetAnswer(string tag, byte[]? json) : Answer
{
    /// <summary>Makes an answer whose tag is a hash of its JSON.</summary>
    public static FleetAnswer Of(Call call, byte[] json)
    {
        var tag = Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(..12));
        return new(tag, IsKnown(call, tag) ? null : json);
    }

    /// <summary>True when the request's If-None-Match names this tag.</summary>
    public static bool IsKnown(Call call, string tag)
    {
        foreach (var header in call.Http.Request.Headers.IfNoneMatch)
        foreach (var part in new StringTokenizer(header ?? "", [',']))
        {
            var given = part.Trim();
            if (given == "*" || given == $"\"{tag}\"" || given == $"W/\"{tag}\"")
                return true;
        }
        return false;
    }

    public override async Task WriteAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ETag = $"\"{tag}\"";
        headers.CacheControl = "private, no-cache"; // Clients may cache the answer, but must revalidate it each time.
        headers.Vary = $"{KeyText.Header}, Authorization";
        if (json is not { } bytes)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = bytes.Length;
        await http.Response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
    }
}
