using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Paddock.Server.Ground.Mail;

/// <summary>One connection to the mail server, for a batch of due mails.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private readonly SmtpClient client;
    private readonly TimeSpan patience;

    private SmtpSession(TimeSpan patience) =>
        (this.patience, client) = (patience, new() { Timeout = (int)patience.TotalMilliseconds });

    public static async Task<SmtpSession> OpenAsync(MailOptions options, CancellationToken ct)
    {
        var session = new SmtpSession(options.Patience);
        if (options.Certificates is { } file)
            session.client.ServerCertificateValidationCallback = Trusting(file);
        try
        {
            await session.InTimeAsync(end => session.ConnectAsync(options, end), ct);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public Task SendAsync(MimeMessage message, CancellationToken ct) =>
        InTimeAsync(end => client.SendAsync(message, end), ct);

    private async Task ConnectAsync(MailOptions options, CancellationToken end)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, end);
            await client.ConnectAsync(
                new SmtpStream(new NetworkStream(socket, ownsSocket: true)),
                options.Host,
                options.Port,
                options.Security switch
                {
                    MailSecurity.StartTls => SecureSocketOptions.StartTls,
                    MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                    MailSecurity.None => SecureSocketOptions.None,
                },
                end
            );
            if (options.User is { } user)
                await client.AuthenticateAsync(user, options.Password!, end);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The client's own timeout covers a single read, so a server that sends byte by byte could hold it forever.
    private async Task InTimeAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(patience);
        try
        {
            await work(late.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The mail server took longer than {patience.TotalSeconds:0} seconds.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (client.IsConnected)
                await InTimeAsync(end => client.DisconnectAsync(quit: true, end), CancellationToken.None);
        }
        // The connection is already gone, which is the goal.
        catch (Exception e) when (e is IOException or SmtpProtocolException or SmtpCommandException or TimeoutException)
        { }
        client.Dispose();
    }

    // The host name must match as usual; only the trusted root differs.
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
