using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Cli.Watch;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>
/// <c>paddock fleet</c>: shows what every machine does and why each job waits, and lets an operator act on both.
/// </summary>
internal static class FleetCommands
{
    private const string Runner = "/v0/runners/{runner}";

    public static Command Create()
    {
        var command = new Command("fleet")
        {
            Call.Of<JsonElement>(
                "drain",
                HttpMethod.Patch,
                Runner,
                Access.Authenticated,
                "Drain a runner for maintenance: it finishes its jobs and gets no new ones.",
                Reason()
            ),
            Call.Of<JsonElement>(
                "resume",
                HttpMethod.Patch,
                Runner,
                Access.Authenticated,
                "Resume a drained runner: it gets jobs again.",
                new Part((_, request) => request.Body["maintenance"] = null)
            ),
            Call.Of<JsonElement>(
                "cancel",
                HttpMethod.Post,
                "/v0/projects/{project}/jobs/{job}/cancel",
                Access.Authenticated,
                "Cancel a job that waits or runs."
            ),
        };
        var json = DomainOption.Flag("--json", "Print the server's answer instead of tables.");
        var watch = DomainOption.Flag(
            "--watch",
            "Keep showing changes as they happen; on a terminal with keys to drain, resume and cancel.",
            "-w"
        );
        var backend = new Backend();
        command.Options.Add(json);
        command.Options.Add(watch);
        command.Validators.Add(Rules.NotBoth(json, watch));
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                if (args.GetValue(watch))
                {
                    // WatchFleet retries by itself.
                    using var patient = backend.Open(args, Access.Authenticated, quiet: true, attempts: 1);
                    return await new WatchFleet(patient, TimeProvider.System).RunAsync(ct);
                }
                using var api = backend.Open(args, Access.Authenticated);
                if (args.GetValue(json))
                    return await api.PrintAsync(HttpMethod.Get, "/v0/fleet", body: null, Wire.Default.Fleet, ct);
                FleetTables.Print(
                    await api.SendAsync(HttpMethod.Get, "/v0/fleet", body: null, Wire.Default.Fleet, ct),
                    DateTimeOffset.UtcNow
                );
                return Exit.Success;
            }
        );
        return command;
    }

    private static Part Reason()
    {
        Reader<string> read = Readers.NotEmpty;
        var reason = DomainOption.Of(
            "--reason",
            "Reason, shown to everyone who looks at the machine.",
            read,
            helpName: "text"
        );
        return new Part(
            (args, request) => request.Body["maintenance"] = new JsonObject { ["reason"] = args.GetValue(reason) },
            reason
        ).Required();
    }
}
