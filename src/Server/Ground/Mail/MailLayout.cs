using System.Net;
using System.Text;
using MimeKit;

namespace Paddock.Server.Ground.Mail;

/// <summary>Lays out a mail: the same text in plain form and as HTML.</summary>
internal static class MailLayout
{
    private const string Begin = """
        <!doctype html><html><body style="margin:0;padding:24px;background:#f6f6f4;font:16px/1.5 system-ui,sans-serif;color:#1d1d1b">
        <div style="max-width:36em;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
        """;
    private const string End = "</div></body></html>";

    public static MimeMessage Of(MailboxAddress from, QueuedMail mail)
    {
        var message = new MimeMessage
        {
            Subject = mail.Subject,
            Body = new BodyBuilder { TextBody = mail.Text, HtmlBody = Html(mail.Subject, mail.Text) }.ToMessageBody(),
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress("", mail.To));
        message.Headers.Add("Auto-Submitted", "auto-generated"); // Prevents out-of-office replies.
        return message;
    }

    internal static string Html(string subject, string text)
    {
        var html = new StringBuilder(Begin)
            .Append("<h1 style=\"font-size:20px\">")
            .Append(WebUtility.HtmlEncode(subject))
            .Append("</h1>\n");
        foreach (var line in text.Split('\n'))
            html.Append("<p>").Append(Line(line)).Append("</p>\n");
        return html.Append(End).ToString();
    }

    private static string Line(string line)
    {
        var at = line.IndexOf("http", StringComparison.Ordinal);
        if (
            at < 0
            // A URL inside a sentence comes from a name that a user chose, so it is not linked.
            || line.AsSpan(at).ContainsAny(' ', '\t')
            || !Uri.TryCreate(line[at..], UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
        )
            return WebUtility.HtmlEncode(line);
        var address = WebUtility.HtmlEncode(line[at..]);
        return $"{WebUtility.HtmlEncode(line[..at])}<a href=\"{address}\">{address}</a>";
    }
}
