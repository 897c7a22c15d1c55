using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>JSON that whoever has it already is not sent again: the tag says which state it shows.</summary>
/// <param name="tag">Without quotation marks.</param>
/// <param name="json">Null where the caller is known to have it.</param>
internal sealed class FleetAnswer(string tag, byte[]? json) : Answer
{
    /// <summary>What is only known once it is there.</summary>
    public static FleetAnswer Of(Call call, byte[] json)
    {
        var tag = Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(..12));
        return new(tag, IsKnown(call, tag) ? null : json);
    }

    /// <summary>Whether the caller says that it has this already.</summary>
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
        headers.CacheControl = "private, no-cache"; // Kept, and asked for each time whether it is still so.
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
