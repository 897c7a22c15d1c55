using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class ServerCommands
{
    private const string Server = "/v0/server";

    public static Command Create() =>
        new("server")
        {
            Call.Of<ServerVersion>(
                "version",
                HttpMethod.Get,
                Server + "/version",
                Access.Public,
                "Show which version of the API the server speaks."
            ),
            Call.Of<JsonElement>(
                "spec",
                HttpMethod.Get,
                Server + "/spec",
                Access.Public,
                "Show the server's OpenAPI document."
            ),
            new Command("config", "Settings of the server.")
            {
                Call.Of<JsonElement>(
                        "view",
                        HttpMethod.Get,
                        Server + "/config",
                        Access.Authenticated,
                        "Show the settings; only for the server's administrators."
                    )
                    .Also("get"),
                Call.Of<ConsoleConfig>(
                    "console",
                    HttpMethod.Get,
                    Server + "/config/console",
                    Access.Public,
                    "Show the address of the web console."
                ),
            },
            Call.Of<ServerStats>(
                "stats",
                HttpMethod.Get,
                Server + "/stats",
                Access.Authenticated,
                "Show statistics of the server's data; only for its administrators."
            ),
            Call.Of<JsonElement>(
                "backup",
                HttpMethod.Post,
                Server + "/backup",
                Access.Authenticated,
                "Copy the database; only for the server's administrators.",
                Field.Flag("--compress", "Compress the copy."),
                Field.Word("--data-store", "Where to upload the copy", ["aws_s3"]),
                Field.Flag("--remove", "Remove the local copy afterwards.", "--rm")
            ),
        };
}
