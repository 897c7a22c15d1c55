using System.Net;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// Protects a server in a closed network from DNS rebinding: a web page whose own name is made to resolve to this
/// server's address could read what the server shows without a credential. Such a request has that name as its host.
/// Programs send no origin, and pages elsewhere that call the server by its own name may.
/// </summary>
internal static class BrowserCheck
{
    public static bool MayPass(HttpRequest request, string consoleUrl)
    {
        if (request.Headers.Origin.Count == 0)
            return true;
        var host = request.Host.Host;
        // A name without a dot is one of the local network: nobody outside can own it.
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
