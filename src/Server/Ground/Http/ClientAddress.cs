using System.Net;

namespace Paddock.Server.Ground.Http;

/// <summary>Where a request comes from: the socket's other end, or what a trusted proxy there says.</summary>
internal static class ClientAddress
{
    public static IPAddress Of(HttpContext http, IReadOnlyList<IPNetwork> trusted) =>
        Of(
            http.Connection.RemoteIpAddress ?? IPAddress.None,
            http.Request.Headers["X-Forwarded-For"].ToString(),
            trusted
        );

    /// <summary>Whether the client has come by TLS: to this server, or to a trusted proxy that says so.</summary>
    public static bool IsSecure(HttpContext http, IReadOnlyList<IPNetwork> trusted)
    {
        if (http.Request.IsHttps)
            return true;
        if (!IsTrusted(Plain(http.Connection.RemoteIpAddress ?? IPAddress.None), trusted))
            return false;
        var said = http.Request.Headers["X-Forwarded-Proto"].ToString();
        // The last one is what the proxy itself has added.
        return said.AsSpan(said.LastIndexOf(',') + 1).Trim().Equals("https", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The last address in the chain that no trusted proxy has: what stands before it anybody may have written.
    /// </summary>
    /// <param name="forwardedFor">Addresses with commas between them, each proxy having added whom it heard from at the
    /// end.</param>
    public static IPAddress Of(IPAddress socket, string forwardedFor, IReadOnlyList<IPNetwork> trusted)
    {
        var address = Plain(socket);
        var rest = forwardedFor.AsSpan();
        while (!rest.IsEmpty && IsTrusted(address, trusted))
        {
            var comma = rest.LastIndexOf(',');
            if (!TryParse(rest[(comma + 1)..].Trim(), out var before))
                return address;
            address = before;
            rest = comma < 0 ? [] : rest[..comma];
        }
        return address;
    }

    private static bool IsTrusted(IPAddress address, IReadOnlyList<IPNetwork> trusted)
    {
        foreach (var network in trusted)
            if (network.Contains(address))
                return true;
        return false;
    }

    // Some proxies add the port.
    private static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (IPAddress.TryParse(text, out var plain))
            address = Plain(plain);
        else if (IPEndPoint.TryParse(text, out var endpoint))
            address = Plain(endpoint.Address);
        else
            return false;
        return true;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
