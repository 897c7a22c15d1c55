namespace Paddock.Server.Ground.Mail;

/// <param name="Body">Lines of plain text.</param>
internal sealed record Mail(string To, string Subject, IReadOnlyList<string> Body);

/// <summary>Delivers mail: there is no mail server to give it to, so whoever runs Paddock reads it in the log.</summary>
internal sealed partial class LogMailer(ILogger<LogMailer> log)
{
    public void Send(Mail mail) => LogMail(mail.To, mail.Subject, string.Join(Environment.NewLine, mail.Body));

    [LoggerMessage(LogLevel.Information, "To: {To} Subject: {Subject}\n{Body}")]
    private partial void LogMail(string to, string subject, string body);
}
