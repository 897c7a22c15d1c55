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
                "Send the changes of a project to an address. The webhook's secret is shown only once.",
                Field.Text("--url", "The address.", Readers.NotEmpty).Required(),
                Field.Word<WebhookForm>("--form", "Form of the messages")
            ),
            Call.Of<JsonElement>(
                "test",
                HttpMethod.Post,
                One + "/test",
                Access.Authenticated,
                "Send a test message to a webhook, and show the answer of its address."
            ),
            Call.Delete(One, "Stop sending changes to an address."),
        };
}
