using System.Net;
using MimeKit;

namespace Paddock.Server.Ground.Mail;

/// <summary>How the connection to the mail server is encrypted.</summary>
internal enum MailSecurity
{
    /// <summary>Starts unencrypted and must switch to TLS before anything is sent.</summary>
    StartTls,

    Tls,

    /// <summary>Unencrypted. Only allowed to this machine.</summary>
    None,
}

/// <summary>The mail server and the sender of mail. A null MailOptions sends mail to the log.</summary>
internal sealed record MailOptions(string Host, int Port, MailSecurity Security, MailboxAddress From)
{
    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>A PEM file of certificates trusted for this server in addition to the system's.</summary>
    public string? Certificates { get; init; }

    /// <summary>
    /// How long the connection and sign-in to the mail server may take, and how long each mail may take.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static MailOptions? FromEnvironment(Func<string, string?> environment)
    {
        string[] others =
        [
            "PADDOCK_SMTP_PORT",
            "PADDOCK_SMTP_SECURITY",
            "PADDOCK_SMTP_USER",
            "PADDOCK_SMTP_PASSWORD",
            "PADDOCK_SMTP_CERTIFICATES",
            "PADDOCK_MAIL_FROM",
        ];
        if (environment("PADDOCK_SMTP_HOST") is not { } host)
            return Array.Find(others, name => environment(name) is not null) is { } alone
                ? throw new FormatException(
                    $"{alone} is set without PADDOCK_SMTP_HOST; set that too, or leave both out to have mail in the log"
                )
                : null;
        var security = environment("PADDOCK_SMTP_SECURITY") switch
        {
            null or "starttls" => MailSecurity.StartTls,
            "tls" => MailSecurity.Tls,
            "none" when IsThisMachine(host) => MailSecurity.None,
            "none" => throw new FormatException(
                $"PADDOCK_SMTP_SECURITY is \"none\", which is only allowed for a mail server on this machine "
                    + $"(localhost), not for \"{host}\": others could read the links that sign users in"
            ),
            var text => throw new FormatException($"PADDOCK_SMTP_SECURITY is \"{text}\"; allowed: starttls, tls, none"),
        };
        var port = Setting.Number(
            "PADDOCK_SMTP_PORT",
            environment,
            security switch
            {
                MailSecurity.StartTls => 587,
                MailSecurity.Tls => 465,
                MailSecurity.None => 25,
            },
            min: 1,
            max: 65535
        );
        var from = environment("PADDOCK_MAIL_FROM")
            ?? throw new FormatException(
                "PADDOCK_MAIL_FROM is missing; give the address that mail comes from, like Paddock "
                    + "<paddock@example.com>"
            );
        if (!MailboxAddress.TryParse(from, out var sender) || !sender.Address.Contains('@', StringComparison.Ordinal))
            throw new FormatException(
                $"PADDOCK_MAIL_FROM is \"{from}\"; allowed: an address, with a name before it or not, like Paddock "
                    + $"<paddock@example.com>"
            );
        var (user, password) = (environment("PADDOCK_SMTP_USER"), environment("PADDOCK_SMTP_PASSWORD"));
        if (user is null != password is null)
            throw new FormatException("PADDOCK_SMTP_USER and PADDOCK_SMTP_PASSWORD belong together: set both or none");
        var certificates = environment("PADDOCK_SMTP_CERTIFICATES");
        if (certificates is not null && !File.Exists(certificates))
            throw new FormatException(
                $"PADDOCK_SMTP_CERTIFICATES is \"{certificates}\", which is not a file that can be read"
            );
        return new(host, port, security, sender)
        {
            User = user,
            Password = password,
            Certificates = certificates,
        };
    }

    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
