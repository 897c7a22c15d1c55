using System.Net.Sockets;
using System.Text;
using Paddock.Server;
using Paddock.Server.Installation;

namespace Paddock.ManyServers;

/// <summary>A server that lives as long as the connection that asked for it.</summary>
internal static class OneServer
{
    // What still runs when the server is no longer wanted is cut off, as if the process had been killed.
    private static readonly CancellationToken AtOnce = new(canceled: true);

    /// <summary>
    /// Reads the settings, as in "NAME=value", each with a zero byte behind it and another one behind the last; then
    /// runs the server until the connection ends. If it does not start, its error is sent back.
    /// </summary>
    public static async Task RunAsync(TcpClient connection)
    {
        using var closed = connection;
        await using var stream = connection.GetStream();
        try
        {
            var settings = await ReadAsync(stream);
            await using var app = ServerApp.Build(ServerOptions.FromEnvironment(settings.GetValueOrDefault));
            await app.StartAsync();
            try
            {
                _ = await stream.ReadAsync(new byte[1]);
            }
            finally
            {
                await app.StopAsync(AtOnce);
            }
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync(e.ToString());
            if (connection.Connected)
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{e}\n"));
        }
    }

    private static async Task<Dictionary<string, string>> ReadAsync(NetworkStream stream)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        using var line = new MemoryStream();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] != 0)
                line.Write(one);
            else if (line.Length == 0)
                return settings;
            else
            {
                var text = Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).Split('=', 2);
                settings[text[0]] = text[1];
                line.SetLength(0);
            }
        }
        throw new EndOfStreamException("The settings do not end.");
    }
}
