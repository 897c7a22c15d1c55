using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Restricts connections to user-supplied addresses to the public network. Otherwise a user could make the server send
/// requests to hosts that only the server can reach (SSRF).
/// </summary>
internal static class PublicOnly
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <remarks>
    /// Connects to the very address that was checked, because the name may resolve differently next time.
    /// </remarks>
    /// <exception cref="HttpRequestException">The name has no public address.</exception>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, ct);
        var open = Allowed(addresses, OwnAddresses());
        if (open.Length == 0)
            throw new HttpRequestException(
                $"{context.DnsEndPoint.Host} is an address of a private network or of this machine, to which this "
                    + "server sends no requests"
            );
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static IPAddress[] Allowed(IPAddress[] addresses, HashSet<IPAddress> own) =>
        Array.FindAll(addresses, address => IsPublic(address) && !own.Contains(address));

    // A firewall may hide services on this machine's public addresses from others, but not from this server.
    internal static HashSet<IPAddress> OwnAddresses() =>
        [
            .. NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(card => card.GetIPProperties().UnicastAddresses.Select(one => one.Address)),
        ];

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (
            IPAddress.IsLoopback(address)
            || address.IsIPv6LinkLocal
            || address.IsIPv6SiteLocal
            || address.IsIPv6UniqueLocal
            || address.IsIPv6Multicast
        )
            return false;
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return IsPublicV6(bytes);
        return bytes
            is not (
                [0 or 10 or 127, ..]
                or [169, 254, ..]
                or [172, >= 16 and <= 31, ..]
                or [192, 168, ..]
                or [192, 0, 0 or 2, _]
                or [198, 51, 100, _]
                or [203, 0, 113, _]
                or [198, 18 or 19, ..]
                or [100, >= 64 and <= 127, ..]
                or [>= 224, ..]
            );
    }

    // Some IPv6 prefixes embed an IPv4 address that a gateway of the server's network may route to, so that address
    // decides.
    private static bool IsPublicV6(byte[] bytes) =>
        bytes switch
        {
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. var nat64] => IsPublic(new(nat64)),
            [0x20, 0x02, var a, var b, var c, var d, ..] => IsPublic(new([a, b, c, d])), // 6to4.
            [0x20, 0x01, 0, 0, ..] or [0x20, 0x01, 0x0d, 0xb8, ..] => false, // Teredo, and documentation.
            [var first, ..] => (first & 0xe0) == 0x20, // Global unicast, 2000::/3.
            _ => false,
        };
}
