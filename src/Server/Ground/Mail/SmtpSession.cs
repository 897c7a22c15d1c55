using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Paddock.Server.Ground.Mail;

/// <summary>One connection to the mail server, for the mails whose turn it is.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SmtpClient client = new() { Timeout = (int)Patience.TotalMilliseconds };

    private SmtpSession() { }

    public static async Task<SmtpSession> OpenAsync(MailOptions options, CancellationToken ct)
    {
        var session = new SmtpSession();
        if (options.Certificates is { } file)
            session.client.ServerCertificateValidationCallback = Trusting(file);
        try
        {
            await session.client.ConnectAsync(
                options.Host,
                options.Port,
                options.Security switch
                {
                    MailSecurity.StartTls => SecureSocketOptions.StartTls,
                    MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                    MailSecurity.None => SecureSocketOptions.None,
                },
                ct
            );
            if (options.User is { } user)
                await session.client.AuthenticateAsync(user, options.Password!, ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public Task SendAsync(MimeMessage message, CancellationToken ct) => client.SendAsync(message, ct);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (client.IsConnected)
                await client.DisconnectAsync(quit: true);
        }
        // It is gone, which is what was wanted.
        catch (Exception e) when (e is IOException or SmtpProtocolException or SmtpCommandException) { }
        client.Dispose();
    }

    // The name must fit as always; only who vouches for it is another.
    private static RemoteCertificateValidationCallback Trusting(string file) =>
        (_, certificate, _, errors) =>
        {
            if (errors == SslPolicyErrors.None)
                return true;
            if (certificate is null || errors != SslPolicyErrors.RemoteCertificateChainErrors)
                return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(file);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            return chain.Build(leaf);
        };
}
