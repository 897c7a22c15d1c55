using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Mail;

/// <param name="Body">Lines of plain text. One that ends with an address, after a colon or alone, is a link.</param>
/// <param name="GoodFor">For how long it is worth delivering.</param>
internal sealed record Mail(string To, string Subject, IReadOnlyList<string> Body, TimeSpan GoodFor)
{
    public static readonly TimeSpan Usual = TimeSpan.FromDays(1);

    /// <summary>Whether it only tells somebody of what others did: it counts for nobody who asked for it.</summary>
    public bool IsNotice { get; init; }

    public string Subject { get; init; } = OneLine(Subject);

    public string Text => string.Join('\n', Body.Select(OneLine));

    // Names that others chose stand in both: a line break in one shall begin neither a header nor a line of its own.
    private static string OneLine(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
}

/// <summary>Delivers mail: by SMTP where a server is configured, else into the log.</summary>
internal interface IMailer
{
    /// <summary>Takes the mail over. It is delivered later, perhaps after a restart.</summary>
    /// <exception cref="Http.Refusal">The queue is full, or the caller or the recipient has had enough for
    /// now.</exception>
    Task SendAsync(Mail mail);

    /// <summary>
    /// Runs a unit of work and takes over the mails that it yields: both or neither. When a mail is refused, the unit
    /// leaves nothing behind.
    /// </summary>
    /// <exception cref="Http.Refusal">As for one mail, or of the unit.</exception>
    Task<T> SendAsync<T>(Func<Sql, Task<(T Result, IReadOnlyList<Mail> Mails)>> unit);
}

/// <summary>There is no mail server to give it to, so whoever runs Paddock reads the mail in the log.</summary>
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
