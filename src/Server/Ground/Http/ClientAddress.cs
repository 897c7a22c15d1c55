using System.Net;

namespace Paddock.Server.Ground.Http;

/// <summary>Finds the client's address: the socket's remote address, or what a trusted proxy reports.</summary>
internal static class ClientAddress
{
    public static IPAddress Of(HttpContext http, IReadOnlyList<IPNetwork> trusted) =>
        Of(
            http.Connection.RemoteIpAddress ?? IPAddress.None,
            http.Request.Headers["X-Forwarded-For"].ToString(),
            trusted
        );

    /// <summary>True when the client used TLS to this server, or to a trusted proxy that reports it.</summary>
    public static bool IsSecure(HttpContext http, IReadOnlyList<IPNetwork> trusted)
    {
        if (http.Request.IsHttps)
            return true;
        if (!IsTrusted(Plain(http.Connection.RemoteIpAddress ?? IPAddress.None), trusted))
            return false;
        var said = http.Request.Headers["X-Forwarded-Proto"].ToString();
        // The last entry is the one the proxy itself has added.
        return said.AsSpan(said.LastIndexOf(',') + 1).Trim().Equals("https", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The last address in the chain that is not a trusted proxy's. Entries before it can be forged.</summary>
    /// <param name="forwardedFor">Addresses separated by commas; each proxy has appended the address it got the request
    /// from.</param>
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

    // Some proxies append the port.
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
