using System.Net;
using System.Net.Sockets;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>
/// Posts to addresses that people have entered: never to the server's own network unless the settings allow it, and
/// never along a redirect.
/// </summary>
internal sealed class WebhookHttp(WebhookOptions options) : IDisposable
{
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = options.IsPrivateAllowed ? null : ConnectAsync,
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(20),
        MaxResponseContentBufferSize = 64 << 10,
    };

    /// <returns>Null where it was taken, else why it was not.</returns>
    public async Task<string?> PostAsync(
        string url,
        byte[] body,
        IEnumerable<(string Name, string Value)> headers,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.UserAgent.Add(new("paddock-server", "1"));
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        try
        {
            using var response = await http.SendAsync(request, ct);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (Exception e)
            when (e is HttpRequestException or NotSupportedException or InvalidOperationException or UriFormatException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    public void Dispose() => http.Dispose();

    // The address that is looked at is the one that is connected to: a name may lead elsewhere the next time it is
    // asked.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, ct);
        var open = Array.FindAll(addresses, IsPublic);
        if (open.Length == 0)
            throw new HttpRequestException(
                $"{context.DnsEndPoint.Host} is an address of a private network, which this server does not tell "
                    + $"anything"
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

    internal static bool IsPublic(IPAddress address)
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
                or [192, 0, 0, _]
                or [198, 18 or 19, ..]
                or [100, >= 64 and <= 127, ..]
                or [>= 224, ..]
            );
    }

    // Some prefixes carry an IPv4 address, to which a gateway of the server's network leads: that address decides.
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
