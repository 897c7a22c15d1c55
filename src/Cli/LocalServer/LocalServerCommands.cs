using System.CommandLine;
using System.Globalization;
using Paddock.Cli.Rest;

namespace Paddock.Cli.LocalServer;

/// <summary><c>paddock up</c>, <c>logs</c> and <c>down</c>: run a server on this machine, for this user.</summary>
internal static class LocalServerCommands
{
    public static Command CreateUp()
    {
        var detach = DomainOption.Flag("--detach", "Leave the server running and return.", "-d");
        var port = DomainOption.Number(
            "--api-port",
            "Port to listen on, on this machine only (6610).",
            1,
            65535,
            helpName: "port"
        );
        var data = DomainOption.Of<string>(
            "--data",
            "Folder of the server's data (in the user's application data folder).",
            Readers.NotEmpty,
            helpName: "folder"
        );
        var command = new Command("up") { detach, port, data };
        command.SetAction(
            async (args, ct) =>
            {
                var server = RunningServer.Of(args.GetValue(data));
                var address = await server.StartAsync(args.GetValue(port) ?? 6610, ct);
                Output.Line($"The server is running at {address}. Its data and its log are in {server.Folder}.");
                Output.Line(args.GetValue(detach) ? "Stop it with: paddock down" : "Ctrl+C stops it.");
                if (args.GetValue(detach))
                    return Exit.Success;
                try
                {
                    await server.FollowAsync(fromStart: false, ct);
                }
                finally
                {
                    await server.StopAsync(CancellationToken.None);
                }
                return Exit.Success;
            }
        );
        return command;
    }

    public static Command CreateLogs()
    {
        var data = DomainOption.Of<string>(
            "--data",
            "Folder of the server's data (in the user's application data folder).",
            Readers.NotEmpty,
            helpName: "folder"
        );
        var follow = DomainOption.Flag("--follow", "Follow the log until Ctrl+C.", "-f");
        var command = new Command("logs") { data, follow };
        command.SetAction(
            async (args, ct) =>
            {
                var server = RunningServer.Of(args.GetValue(data));
                if (args.GetValue(follow))
                    await server.FollowAsync(fromStart: true, ct);
                else
                    Output.Out.Write(server.Log());
                return Exit.Success;
            }
        );
        return command;
    }

    public static Command CreateDown()
    {
        var data = DomainOption.Of<string>(
            "--data",
            "Folder of the server's data (in the user's application data folder).",
            Readers.NotEmpty,
            helpName: "folder"
        );
        var command = new Command("down") { data };
        command.SetAction(
            async (args, ct) =>
            {
                var server = RunningServer.Of(args.GetValue(data));
                Output.Line(
                    await server.StopAsync(ct) is { } id
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $"The server (process {id}) has stopped. Its data stays in {server.Folder}."
                        )
                        : "No server of this user is running."
                );
                return Exit.Success;
            }
        );
        return command;
    }
}
