using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The server's memory for each connection that a client keeps open without asking anything.</summary>
internal static partial class Connections
{
    private const int Count = 1000;

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var engine in Enum.GetValues<Engine>())
            if ($"connections/{Published.Word(engine)}" is var name && figures.Wants(name))
                await MeasureAsync(figures, name, engine);
    }

    private static async Task MeasureAsync(Figures figures, string name, Engine engine)
    {
        await using var server = await Published.ServerAsync(engine);
        var sockets = new List<TcpClient>();
        var ask = Encoding.ASCII.GetBytes(
            $"GET /v0/server/version HTTP/1.1\r\nHost: {server.Address.Authority}\r\n\r\n"
        );
        await OpenAsync(50); // The first ones pay for what all share.
        var before = Resident(server);
        await OpenAsync(Count);
        var each = (Resident(server) - before) / (double)Count;
        figures.Add(name, $"{each / 1024:0.0} KiB of memory for a kept connection", ("memory", new(each)));
        sockets.ForEach(socket => socket.Dispose());

        async Task OpenAsync(int count)
        {
            var answer = new byte[4096];
            for (var i = 0; i < count; i++)
            {
                var socket = new TcpClient();
                await socket.ConnectAsync(server.Address.Host, server.Address.Port);
                await socket.GetStream().WriteAsync(ask);
                _ = await socket.GetStream().ReadAsync(answer);
                sockets.Add(socket);
            }
        }
    }

    /// <summary>The bytes of a server's memory that are resident.</summary>
    internal static long Resident(ServerProcess server) =>
        long.Parse(ResidentKilobytes().Match(File.ReadAllText($"/proc/{server.Id}/status")).Groups[1].ValueSpan) << 10;

    [GeneratedRegex(@"VmRSS:\s+(\d+)")]
    private static partial Regex ResidentKilobytes();
}
