using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Paddock.ManyServers;

// Runs a command that can start servers in this process: a server costs a seventh of what a process of its own does,
// since methods are compiled once for all servers. tests/golden/serve asks for a server at the port that GOLDEN_SERVERS
// names.
if (args is [])
{
    Console.Error.WriteLine("usage: Paddock.ManyServers COMMAND [ARGUMENT...]");
    return 2;
}
using var listener = new TcpListener(IPAddress.Loopback, 0);
listener.Start();
var port = ((IPEndPoint)listener.LocalEndpoint).Port;
var accepting = AcceptAsync();
var start = new ProcessStartInfo(args[0], args[1..]);
start.Environment["GOLDEN_SERVERS"] = port.ToString(CultureInfo.InvariantCulture);
using var command = Process.Start(start)!;
await Task.WhenAny(command.WaitForExitAsync(), accepting);
if (accepting.IsFaulted)
    await accepting;
return command.ExitCode;

async Task AcceptAsync()
{
    while (true)
    {
        var connection = await listener.AcceptTcpClientAsync();
        _ = Task.Run(() => OneServer.RunAsync(connection));
    }
}
