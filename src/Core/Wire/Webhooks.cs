using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>In which form a webhook is told.</summary>
[JsonConverter(typeof(WordConverter<WebhookForm>))]
public enum WebhookForm
{
    /// <summary>The change as JSON, signed.</summary>
    Signed,

    /// <summary>A text, as Slack and what imitates it take it.</summary>
    Slack,
}

/// <summary>An address that is told of the changes of a project. Its secret is never shown again.</summary>
/// <param name="Url">Of Slack's form only the host: the rest of such an address is a secret.</param>
/// <param name="Failing">Why the last try failed; null where it did not.</param>
public sealed record Webhook(
    Guid Uuid,
    Guid Project,
    string Url,
    WebhookForm Form,
    string? Failing,
    DateTimeOffset Created
);

public sealed record NewWebhook(string Url, WebhookForm? Form = null);

/// <param name="Secret">With which messages are signed: shown this once.</param>
public sealed record CreatedWebhook(
    Guid Uuid,
    Guid Project,
    string Url,
    WebhookForm Form,
    string Secret,
    DateTimeOffset Created
);

/// <summary>What a signed webhook is told.</summary>
/// <param name="Event">change_proven or change_returned.</param>
/// <param name="Address">Where people see the change.</param>
public sealed record WebhookMessage(string Event, string Project, string Address, Change Change);

/// <summary>What a signed webhook is told to try it out.</summary>
/// <param name="Event">test.</param>
public sealed record WebhookTrial(string Event, string Project, string Address);

/// <summary>What came of a test message.</summary>
/// <param name="Problem">Why it was not delivered; null where it was.</param>
public sealed record WebhookTried(bool Delivered, string? Problem);

/// <param name="Watching">Whether the caller gets a mail for each change of the project.</param>
public sealed record ProjectWatch(bool Watching);
