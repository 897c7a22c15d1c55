using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Mail;

/// <summary>A queued mail, claimed for an attempt.</summary>
internal sealed record QueuedMail(
    long Id,
    string To,
    string Subject,
    string Text,
    int Attempts,
    DateTimeOffset Expires
);

/// <summary>
/// Queues mail in the database, so that it survives a restart. Bodies contain sign-in links, so they are encrypted with
/// a key derived from the server's secret.
/// </summary>
internal sealed class MailQueue(Db db, BaseOptions options, TimeProvider time) : IMailer, IDisposable
{
    /// <summary>
    /// The maximum queue length. More means that the mail server is down for long, or that the sign-up form is being
    /// abused.
    /// </summary>
    public const int WaitingMax = 10_000;

    private const int AtOnce = 20,
        NonceLength = 12,
        TagLength = 16,
        ErrorLengthMax = 500;

    // How long an attempt holds its mails. If the server stops during an attempt, they are tried again after this.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30),
        LongestPause = TimeSpan.FromHours(1);

    // These limits do not depend on the settings for rate limits: mail goes to people who may not have asked for it,
    // and all callers share the queue.
    private const int CallerMailsPerMinute = 20,
        RecipientMailsPerMinute = 4,
        KeysMax = 1 << 15;

    private readonly TokenBuckets ofCallers = new(CallerMailsPerMinute, KeysMax),
        toRecipients = new(RecipientMailsPerMinute, KeysMax);

    private readonly byte[] key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        Encoding.UTF8.GetBytes(options.SecretKey),
        outputLength: 32,
        info: "the bodies of waiting mail"u8.ToArray()
    );

    /// <summary>Released once per new mail.</summary>
    public SemaphoreSlim Wake { get; } = new(0);

    /// <inheritdoc/>
    public Task SendAsync(Mail mail) => SendAsync(_ => Task.FromResult<(int, IReadOnlyList<Mail>)>((0, [mail])));

    /// <inheritdoc/>
    public async Task<T> SendAsync<T>(Func<Sql, Task<(T Result, IReadOnlyList<Mail> Mails)>> unit)
    {
        // Read here, because the writer's thread belongs to no request.
        var (now, caller) = (time.GetUtcNow(), Requester.CurrentKey);
        var counted = new HashSet<string>(); // Mails already counted, so that a retried unit counts only once.
        var (result, count) = await db.WriteAsync(async sql =>
        {
            var (done, mails) = await unit(sql);
            foreach (var mail in mails)
            {
                if (!counted.Contains(mail.To + mail.Subject))
                    // Counted before it is added to the set, so a refused mail is refused again on retry.
                    Count(mail, caller, now);
                counted.Add(mail.To + mail.Subject);
                if (await sql.NumberAsync($"SELECT count(*) FROM mails") >= WaitingMax)
                    throw new Refusal(
                        Because.TooMany,
                        $"{WaitingMax} mails are already waiting for the mail server. Try again later, or tell the "
                            + $"operator of this server."
                    );
                await sql.ExecuteAsync(
                    $"""
                    INSERT INTO mails (recipient, subject, body, attempts, due, expires, created)
                    VALUES ({mail.To}, {mail.Subject}, {Seal(mail.Text)}, {0}, {now}, {now + mail.GoodFor}, {now})
                    """
                );
            }
            return (done, mails.Count);
        });
        if (count > 0)
            Wake.Release(count);
        return result;
    }

    private void Count(Mail mail, CallerKey caller, DateTimeOffset now)
    {
        if (!mail.IsNotice && caller is { Kind: not CallerKind.Server })
            Take(ofCallers, $"{caller.Kind} {caller.Id}", now, "You have requested too many mails");
        Take(toRecipients, mail.To.ToUpperInvariant(), now, "Too many mails were sent to this address");
    }

    /// <summary>Claims the mails that are due. No other server gets them during the attempt.</summary>
    public Task<List<QueuedMail>> TakeAsync() =>
        db.WriteAsync(async sql =>
        {
            var now = time.GetUtcNow();
            var due = await sql.ListAsync(
                $"SELECT id, recipient, subject, body, attempts, expires FROM mails WHERE due <= {now} ORDER BY due, "
                    + $"id LIMIT {AtOnce}{sql.ForClaimOf("mails")}",
                row => new QueuedMail(row.Long(), row.Text(), row.Text(), Open(row.Text()), row.Int(), row.Time())
            );
            if (due.Count > 0)
                await sql.ExecuteAsync(
                    $"UPDATE mails SET due = {now + Lease} WHERE id IN {due.ConvertAll(mail => mail.Id)}"
                );
            return due;
        });

    public Task RemoveAsync(QueuedMail mail) =>
        db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM mails WHERE id = {mail.Id}"));

    /// <summary>Requeues the mail for another attempt, with exponential backoff.</summary>
    public Task PutBackAsync(QueuedMail mail, string error)
    {
        var pause = TimeSpan.FromSeconds(
            Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(mail.Attempts, 16)))
        );
        var text = error.Length <= ErrorLengthMax ? error : error[..ErrorLengthMax];
        return db.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"UPDATE mails SET attempts = {mail.Attempts + 1}, due = {time.GetUtcNow() + pause}, error = {text} "
                    + $"WHERE id = {mail.Id}"
            )
        );
    }

    private static void Take(TokenBuckets buckets, string of, DateTimeOffset now, string why)
    {
        var key = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(of)));
        if (buckets.Take(key, now) is { } wait)
            throw new Refusal(Because.TooMany, $"{why}; try again in {Math.Ceiling(wait.TotalSeconds)} seconds.")
            {
                RetryAfter = wait,
            };
    }

    public void Dispose() => Wake.Dispose();

    private string Seal(string text)
    {
        var clear = Encoding.UTF8.GetBytes(text);
        var all = new byte[NonceLength + TagLength + clear.Length];
        RandomNumberGenerator.Fill(all.AsSpan(0, NonceLength));
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(
            all.AsSpan(0, NonceLength),
            clear,
            all.AsSpan(NonceLength + TagLength),
            all.AsSpan(NonceLength, TagLength)
        );
        return Convert.ToBase64String(all);
    }

    // After the server's secret has changed, queued mail cannot be decrypted. Its links would be invalid anyway.
    private string Open(string sealedText)
    {
        var all = Convert.FromBase64String(sealedText);
        var clear = new byte[all.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(
                all.AsSpan(0, NonceLength),
                all.AsSpan(NonceLength + TagLength),
                all.AsSpan(NonceLength, TagLength),
                clear
            );
        }
        catch (CryptographicException)
        {
            return "";
        }
        return Encoding.UTF8.GetString(clear);
    }
}
