using System.Net;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// Protects a server in a closed network from DNS rebinding: a web page whose domain is made to resolve to this
/// server's address could read whatever the server shows without a credential. Such a request carries that domain as
/// its host. Requests without an Origin header (programs) pass, and so do pages that call the server by its own name.
/// </summary>
internal static class BrowserCheck
{
    public static bool MayPass(HttpRequest request, string consoleUrl)
    {
        if (request.Headers.Origin.Count == 0)
            return true;
        var host = request.Host.Host;
        // A name without a dot belongs to the local network; no outsider can own it.
        return IPAddress.TryParse(host.Trim('[', ']'), out _)
            || !host.Contains('.')
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || string.Equals(host, new Uri(consoleUrl).Host, StringComparison.OrdinalIgnoreCase);
    }

    public static Refusal Refused(HttpRequest request) =>
        Refusal.NotAllowed(
            $"Host: {Text.Quote(request.Host.Host)} is not this server's name (PADDOCK_CONSOLE_URL), and a browser "
                + $"asks. "
                + "Call the server by its own name."
        );
}
