using System.Net;

namespace Paddock.Server.Installation;

/// <c>paddock-server --healthy</c>: asks the server on this machine whether it is ready. It is the health check of the
/// container image, which contains no other program for that.
internal static class HealthyCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <returns>0 when the server is ready, 1 when it is not or does not answer.</returns>
    public static async Task<int> RunAsync(Func<string, string?> environment, TextWriter error)
    {
        var bind = environment("PADDOCK_BIND") ?? new ServerOptions().Bind;
        if (!IPEndPoint.TryParse(bind, out var end))
        {
            await error.WriteLineAsync(
                $"PADDOCK_BIND is \"{bind}\"; allowed: an address and a port, like 127.0.0.1:6610"
            );
            return 2;
        }
        if (end.Address.Equals(IPAddress.Any))
            end.Address = IPAddress.Loopback;
        if (end.Address.Equals(IPAddress.IPv6Any))
            end.Address = IPAddress.IPv6Loopback;
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{end}/v0/server/version"));
            if (response.IsSuccessStatusCode)
                return 0;
            await error.WriteLineAsync($"The server at {end} is not ready: it answered {(int)response.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync($"The server at {end} does not answer: {e.Message}");
        }
        return 1;
    }
}
