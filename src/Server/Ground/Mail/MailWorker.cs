using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Mail;

/// <summary>
/// Sends queued mail to the mail server. A failed mail is retried with growing pauses until it expires; a mail that the
/// mail server rejects permanently is dropped at once. Undelivered mail is logged without its text.
/// </summary>
internal sealed partial class MailWorker(
    MailQueue queue,
    MailOptions options,
    TimeProvider time,
    OutageLog outages,
    ILogger<MailWorker> log
) : BackgroundService
{
    // How often to poll for mails due for a retry, and for mails of another replica that was stopped.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await DeliverAsync(stoppingToken)) { }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The next iteration tries again.
                if (!outages.Takes(e))
                    LogFailed(e);
            }
            using var timer = new CancellationTokenSource(LookEvery, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
            try
            {
                await queue.Wake.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) { }
        }
    }

    /// <returns>True if more mails may be due.</returns>
    private async Task<bool> DeliverAsync(CancellationToken ct)
    {
        var mails = await queue.TakeAsync();
        if (mails.Count == 0)
            return false;
        SmtpSession? session = null;
        try
        {
            foreach (var mail in mails)
            {
                if (mail.Text.Length == 0 || mail.Expires < time.GetUtcNow())
                {
                    await EndAsync(mail, "it has expired");
                    continue;
                }
                try
                {
                    session ??= await SmtpSession.OpenAsync(options, ct);
                    await session.SendAsync(MailLayout.Of(options.From, mail), ct);
                    await queue.RemoveAsync(mail);
                }
                catch (SmtpCommandException e)
                    when ((int)e.StatusCode >= 500 && e.ErrorCode != SmtpErrorCode.UnexpectedStatusCode)
                {
                    await EndAsync(mail, e.Message);
                }
                catch (Exception e) when (IsOfConnection(e))
                {
                    LogLater(mail.To, mail.Attempts + 1, e.Message);
                    await queue.PutBackAsync(mail, e.Message);
                    if (session is not null)
                        await session.DisposeAsync();
                    session = null;
                }
            }
        }
        finally
        {
            if (session is not null)
                await session.DisposeAsync();
        }
        return true;
    }

    private static bool IsOfConnection(Exception e) =>
        e
            is SmtpCommandException
                or SmtpProtocolException
                or IOException
                or SocketException
                or SslHandshakeException
                or AuthenticationException
                or ServiceNotConnectedException
                or NotSupportedException
                or TimeoutException;

    private Task EndAsync(QueuedMail mail, string why)
    {
        LogGivenUp(mail.To, mail.Subject, mail.Attempts + 1, why);
        return queue.RemoveAsync(mail);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The mail to {To} could not be sent (attempt {Attempt}) and is retried later: {Why}"
    )]
    private partial void LogLater(string to, int attempt, string why);

    [LoggerMessage(LogLevel.Error, "The mail \"{Subject}\" to {To} is given up after {Attempts} attempts: {Why}")]
    private partial void LogGivenUp(string to, string subject, int attempts, string why);

    [LoggerMessage(LogLevel.Error, "Waiting mail could not be sent; the next attempt follows")]
    private partial void LogFailed(Exception e);
}
