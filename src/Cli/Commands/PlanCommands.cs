using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>Paid plans, which only a hosted server has; Paddock's server refuses them.</summary>
internal static class PlanCommands
{
    private const string Plan = "/v0/organizations/{organization}/plan";

    /// <summary>The plans that the hosted server sells.</summary>
    internal static readonly string[] Levels = ["free", "pro", "team", "enterprise"];

    public static Command Create() =>
        new("plan")
        {
            Call.Create<JsonElement>(
                Plan,
                "Subscribe to a plan.",
                Field.Text("--checkout", "Checkout session that paid for it.", Readers.NotEmpty).Required(),
                Field.Word("--level", "Its level", Levels).Required(),
                Entitlements(),
                Field.Flag("--skip-remote", "Do not tell the payment provider.", key: "remote", value: false)
            ),
            Call.View<JsonElement>(Plan, Access.Authenticated, "Show the plan of an organization."),
            Call.Update<JsonElement>(Plan, "Cancel a plan at the end of its period, or resume it.", Cancellation()),
            Call.Delete(
                Plan,
                "End a plan at once.",
                Filter.Flag("--skip-remote", "Do not tell the payment provider.", key: "remote", value: "false")
            ),
        };

    private static Part Entitlements()
    {
        var entitlements = DomainOption.Number<long>("--entitlements", "How many metrics it covers.", 0, uint.MaxValue);
        var selfHosted = DomainOption.Of<string>(
            "--self-hosted",
            "UUID of the organization on a self-hosted server.",
            Readers.Uuid,
            helpName: "uuid"
        );
        return Part.Join(Field.Of(entitlements, count => count!.Value), Field.Of(selfHosted, uuid => uuid))
            .Where(Rules.Needs(selfHosted, entitlements));
    }

    private static Part Cancellation()
    {
        var (cancel, resume) = (
            DomainOption.Flag("--cancel", "Cancel the plan."),
            DomainOption.Flag("--resume", "Resume the plan.")
        );
        return new Part(
            (args, request) => request.Body["cancel_at_period_end"] = args.GetValue(cancel),
            cancel,
            resume
        ).Where(Rules.OneOf(cancel, resume));
    }
}
