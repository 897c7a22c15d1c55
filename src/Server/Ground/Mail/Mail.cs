using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Mail;

/// <param name="Body">Lines of plain text. A URL that ends a line, after a colon or alone, becomes a link.</param>
/// <param name="GoodFor">How long the mail is worth delivering.</param>
internal sealed record Mail(string To, string Subject, IReadOnlyList<string> Body, TimeSpan GoodFor)
{
    public static readonly TimeSpan Usual = TimeSpan.FromDays(1);

    /// <summary>
    /// True when the mail only notifies somebody of another user's action. It then does not count against the caller's
    /// rate limit.
    /// </summary>
    public bool IsNotice { get; init; }

    public string Subject { get; init; } = OneLine(Subject);

    public string Text => string.Join('\n', Body.Select(OneLine));

    // Subject and body contain names that users chose. A line break in a name must start neither a header nor a new
    // line.
    private static string OneLine(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
}

/// <summary>Delivers mail: by SMTP if a mail server is configured, otherwise into the log.</summary>
internal interface IMailer
{
    /// <summary>Queues the mail. It is delivered later, perhaps after a restart.</summary>
    /// <exception cref="Http.Refusal">The queue is full, or the caller or the recipient is over the rate
    /// limit.</exception>
    Task SendAsync(Mail mail);

    /// <summary>
    /// Runs a unit of work and queues the mails that it returns, atomically. If a mail is refused, the unit is rolled
    /// back.
    /// </summary>
    /// <exception cref="Http.Refusal">Refused as for a single mail, or by the unit.</exception>
    Task<T> SendAsync<T>(Func<Sql, Task<(T Result, IReadOnlyList<Mail> Mails)>> unit);
}

/// <summary>Writes mail to the log when no mail server is configured, so the operator can read it there.</summary>
internal sealed partial class LogMailer(Db db, ILogger<LogMailer> log) : IMailer
{
    public Task SendAsync(Mail mail)
    {
        LogMail(mail.To, mail.Subject, string.Join(Environment.NewLine, mail.Body));
        return Task.CompletedTask;
    }

    public async Task<T> SendAsync<T>(Func<Sql, Task<(T Result, IReadOnlyList<Mail> Mails)>> unit)
    {
        var (result, mails) = await db.WriteAsync(unit);
        foreach (var mail in mails)
            await SendAsync(mail);
        return result;
    }

    [LoggerMessage(LogLevel.Information, "To: {To} Subject: {Subject}\n{Body}")]
    private partial void LogMail(string to, string subject, string body);
}
