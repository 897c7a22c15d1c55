using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>The message format of a webhook.</summary>
[JsonConverter(typeof(WordConverter<WebhookForm>))]
public enum WebhookForm
{
    /// <summary>The change as signed JSON.</summary>
    Signed,

    /// <summary>A text in the format of Slack and compatible services.</summary>
    Slack,
}

/// <summary>An address that receives the changes of a project. Its secret is not shown again.</summary>
/// <param name="Url">For the form "slack" only scheme and host: the rest of the address is a secret.</param>
/// <param name="Failing">Why the last delivery failed; null where it did not.</param>
public sealed record Webhook(
    Guid Uuid,
    Guid Project,
    string Url,
    WebhookForm Form,
    string? Failing,
    DateTimeOffset Created
);

public sealed record NewWebhook(string Url, WebhookForm? Form = null);

/// <param name="Secret">The key that messages are signed with. Only this answer shows it.</param>
public sealed record CreatedWebhook(
    Guid Uuid,
    Guid Project,
    string Url,
    WebhookForm Form,
    string Secret,
    DateTimeOffset Created
);

/// <summary>The message to a signed webhook.</summary>
/// <param name="Event">change_proven or change_returned.</param>
/// <param name="Address">The address of the change's page.</param>
public sealed record WebhookMessage(string Event, string Project, string Address, Change Change);

/// <summary>The test message to a signed webhook.</summary>
/// <param name="Event">Always "test".</param>
public sealed record WebhookTrial(string Event, string Project, string Address);

/// <summary>The result of sending a test message.</summary>
/// <param name="Problem">Why the message was not delivered; null where it was.</param>
public sealed record WebhookTried(bool Delivered, string? Problem);

/// <param name="Watching">True when the caller gets an e-mail for each change of the project.</param>
public sealed record ProjectWatch(bool Watching);
