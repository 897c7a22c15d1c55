using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>Webhooks: addresses that receive a project's changes.</summary>
internal static class WebhookCommands
{
    private const string All = "/v0/projects/{project}/webhooks",
        One = All + "/{webhook}";

    public static Command Create() =>
        new("webhook")
        {
            Call.List<Webhook>(All, Access.Authenticated, "List the webhooks of a project."),
            Call.Create<CreatedWebhook>(
                All,
                "Tell an address of the changes of a project; this is the only time that its secret is shown.",
                Field.Text("--url", "The address.", Readers.NotEmpty).Required(),
                Field.Word<WebhookForm>("--form", "How it is told")
            ),
            Call.Of<JsonElement>(
                "test",
                HttpMethod.Post,
                One + "/test",
                Access.Authenticated,
                "Send a test message to a webhook, and say what its address answered."
            ),
            Call.Delete(One, "Tell an address no longer."),
        };
}
