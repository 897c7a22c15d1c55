using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Change = Paddock.Core.Wire.Change;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>Builds the messages for webhooks, and sends them.</summary>
internal static class WebhookMessages
{
    /// <param name="message">The message's id, the same for every delivery attempt.</param>
    /// <returns>Null when the receiver accepted it, else the reason why not.</returns>
    public static Task<string?> PostAsync(
        WebhookHttp http,
        WebhookRow hook,
        byte[] body,
        long message,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return http.PostAsync(
            hook.Url,
            body,
            hook.Form == WebhookForm.Slack
                ? []
                :
                [
                    ("X-Paddock-Timestamp", timestamp),
                    ("X-Paddock-Signature-256", WebhookTable.Sign(hook.Secret, timestamp, body)),
                    ("X-Paddock-Delivery", string.Create(CultureInfo.InvariantCulture, $"{hook.Uuid}-{message}")),
                ],
            ct
        );
    }

    /// <summary>A test message, which only shows that messages arrive.</summary>
    public static byte[] Trial(WebhookForm form, ProjectRow project, string address) =>
        form == WebhookForm.Slack
            ? Text($"*{Escape(project.Name)}*: this is a test message. <{address}|Show the project>")
            : JsonSerializer.SerializeToUtf8Bytes(
                new WebhookTrial("test", project.Slug, address),
                Wire.Default.WebhookTrial
            );

    public static byte[] Slack(ProjectRow project, Change change, string address, bool isFixed)
    {
        var text =
            $"*{Escape(project.Name)}*, {Escape(change.Branch.Name)}: "
            + $"{(isFixed ? "back to normal: " : "")}{Escape(change.Sentence)} <{address}|Show>";
        return Text(text);
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    private static byte[] Text(string text) =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["text"] = text }, Wire.Default.JsonObject);
}
