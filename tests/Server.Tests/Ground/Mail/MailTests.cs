using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Tests.Ground.Mail;

public sealed class MailTests
{
    private static readonly MailboxAddress From = MailboxAddress.Parse("Paddock <paddock@example.com>");

    [Theory]
    [InlineData("starttls")]
    [InlineData("tls")]
    public async Task A_sign_in_link_is_mailed_encrypted_as_text_and_HTML(string tls)
    {
        var pair = SmtpServer.NewCertificate();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, pair.Certificate);
        await using var smtp = SmtpServer.Start(tls, pair, "paddock", "secret");
        await using var server = await StartAsync(Engine.Sqlite, smtp.Port, options =>
            options with
            {
                Host = "localhost",
                Security = tls == "tls" ? MailSecurity.Tls : MailSecurity.StartTls,
                User = "paddock",
                Password = "secret",
                Certificates = file,
            }
        );

        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Ada Admin",
                    email = "ada.admin@example.com",
                    i_agree = true,
                }
            )
        ).Expect(202);

        var taken = smtp.Take();
        Assert.Equal((true, "paddock", "ada.admin@example.com"), (taken.IsSecure, taken.User, Assert.Single(taken.To)));
        var message = Parse(taken);
        Assert.Equal("Confirm your Paddock account", message.Subject);
        var token = message
            .TextBody!.Split('\n')
            .Single(line => line.StartsWith("Confirmation Token: ", StringComparison.Ordinal))
            .Trim()
            .Split(' ')[2];
        Assert.Contains(
            $"<a href=\"http://localhost:6610/auth/confirm?token={token}\">",
            message.HtmlBody!,
            StringComparison.Ordinal
        );
        (await server.PostAsync("/v0/auth/confirm", new { token })).Expect(200);
        File.Delete(file);
    }

    [Fact]
    public async Task A_mail_server_with_an_untrusted_certificate_gets_nothing()
    {
        await using var smtp = SmtpServer.Start("starttls", SmtpServer.NewCertificate());
        await using var server = await StartAsync(Engine.Sqlite, smtp.Port, options =>
            options with
            {
                Host = "localhost",
                Security = MailSecurity.StartTls,
            }
        );

        await SignUpAsync(server);

        await UntilAsync(server, "attempts = 1 AND error IS NOT NULL");
        Assert.True(smtp.IsEmpty);
    }

    [Fact]
    public async Task A_mail_server_without_STARTTLS_gets_neither_password_nor_mail()
    {
        await using var smtp = SmtpServer.Start(user: "user", password: "secret");
        await using var server = await StartAsync(Engine.Sqlite, smtp.Port, options =>
            options with
            {
                Security = MailSecurity.StartTls,
                User = "user",
                Password = "secret",
            }
        );

        await SignUpAsync(server);

        await UntilAsync(server, "attempts = 1 AND error LIKE '%STARTTLS%'");
        Assert.True(smtp.IsEmpty);
    }

    [Theory, EveryDatabase]
    public async Task A_mail_is_retried_after_a_temporary_refusal(Engine engine)
    {
        var clock = new HandClock();
        await using var smtp = SmtpServer.Start(refuse: (1, 451));
        await using var server = await StartAsync(engine, smtp.Port, time: clock);

        await SignUpAsync(server);
        await UntilAsync(server, "attempts = 1");
        Assert.True(smtp.IsEmpty);
        Assert.False(await AnyAsync(server, "body LIKE '%Confirm%'")); // Stored encrypted.

        await UntilAsync(server, "1 = 1", none: true, clock);
        Assert.Equal("ada.admin@example.com", Assert.Single(smtp.Take().To));
    }

    [Theory, EveryDatabase]
    public async Task A_mail_is_retried_while_the_mail_server_is_down_until_its_link_expires(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, ServerProcess.FreePort(), time: clock);

        await SignUpAsync(server);
        await UntilAsync(server, "attempts = 1");
        Assert.Equal(1, await server.CountAsync("mails"));

        await UntilAsync(server, "attempts > 2", none: false, clock);
        await UntilAsync(server, "1 = 1", none: true, clock);
        Assert.InRange(
            clock.GetUtcNow() - new HandClock().GetUtcNow(),
            TimeSpan.FromMinutes(30),
            TimeSpan.FromMinutes(90)
        );
    }

    [Theory, EveryDatabase]
    public async Task A_mailbox_gets_few_sign_in_links_at_a_time_even_without_rate_limits(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, ServerProcess.FreePort(), time: clock);
        await SignUpAsync(server);

        for (var i = 0; i < 6; i++)
            (await server.PostAsync("/v0/auth/login", new { email = "ada.admin@example.com" })).Expect(202);

        Assert.Equal(1 + 2, await server.CountAsync("mails")); // The last ones are valid for half an hour.
    }

    [Theory, EveryDatabase]
    public async Task An_endless_SMTP_greeting_uses_neither_memory_nor_the_time_of_other_mails(Engine engine)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stopping = new CancellationTokenSource();
        var serving = ServeAsync();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var server = await StartAsync(
            engine,
            port,
            mail => mail with { Patience = TimeSpan.FromSeconds(1) },
            new HandClock()
        );

        await SignUpAsync(server); // The greeting is an endless line.
        await UntilAsync(server, "attempts = 1 AND error LIKE '%more than 1048576 bytes%'");
        // One byte at a time.
        (await server.PostAsync("/v0/auth/login", new { email = "ada.admin@example.com" })).Expect(202);
        await UntilAsync(server, "attempts = 1 AND error LIKE '%longer than 1 seconds%'");

        await stopping.CancelAsync();
        await serving;

        async Task ServeAsync()
        {
            try
            {
                for (var isFirst = true; ; isFirst = false)
                {
                    // A greeting continues while its lines have a dash after the code; a line sent byte by byte never
                    // ends.
                    var greeting = Encoding.ASCII.GetBytes("220-" + new string('x', 60_000) + "\r\n");
                    using var client = await listener.AcceptTcpClientAsync(stopping.Token);
                    try
                    {
                        for (var i = 0; ; i++)
                        {
                            var part = isFirst ? greeting : greeting.AsMemory(Math.Min(i, 5), 1);
                            await client.GetStream().WriteAsync(part, stopping.Token);
                            if (!isFirst)
                                await Task.Delay(50, stopping.Token); // Each read of the client ends soon.
                        }
                    }
                    catch (IOException) { } // The server has closed the connection.
                }
            }
            catch (OperationCanceledException) { }
        }
    }

    [Theory, EveryDatabase]
    public async Task A_request_refused_for_too_much_mail_leaves_nothing_behind(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerProcess.FreePort(), time: new HandClock());
        await SignUpAsync(server);
        using var ada = server.With(server.Tokens.Mint("client", "ada.admin@example.com"));
        const string Own = "/v0/organizations/ada-admin";
        var sent = new List<string>();
        Reply reply;
        do
        {
            var email = $"user{sent.Count}@example.com";
            reply = await ada.PostAsync($"{Own}/members", new { email, role = "leader" });
            sent.Add(email);
        } while (reply.Status == 202);

        Assert.Equal(429, reply.Status);
        Assert.Equal(sent.Count - 1, (await ada.GetAsync($"{Own}/invitations")).TotalCount);
        // An address change and its mails are refused together.
        Assert.Equal(429, (await ada.PatchAsync("/v0/users/ada-admin", new { email = "new@example.com" })).Status);
        Assert.Equal(0, await server.CountAsync("address_changes"));
    }

    [Theory, EveryDatabase]
    public async Task A_user_is_not_created_when_the_confirmation_mail_cannot_be_queued(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerProcess.FreePort(), time: new HandClock());
        var made = 0;
        Reply reply;
        do
        {
            reply = await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = $"User {made}",
                    email = $"user{made}@example.com",
                    i_agree = true,
                }
            );
            made += reply.Status == 202 ? 1 : 0;
        } while (reply.Status == 202);

        Assert.Equal(429, reply.Status);
        Assert.Equal(made, await server.CountAsync("users"));
    }

    [Theory, EveryDatabase]
    public async Task A_caller_who_signs_up_many_addresses_cannot_fill_the_mail_queue(Engine engine)
    {
        await using var server = await StartAsync(engine, ServerProcess.FreePort(), time: new HandClock());
        var statuses = new List<int>();

        for (var i = 0; i < 25; i++)
            statuses.Add(
                (
                    await server.PostAsync(
                        "/v0/auth/signup",
                        new
                        {
                            name = $"User {i}",
                            email = $"user{i}@example.com",
                            i_agree = true,
                        }
                    )
                ).Status
            );

        Assert.Equal(Enumerable.Repeat(202, 20).Concat(Enumerable.Repeat(429, 5)), statuses);
    }

    [Fact]
    public async Task A_permanently_refused_mail_is_not_sent_again()
    {
        await using var smtp = SmtpServer.Start(refuse: (1, 550));
        await using var server = await StartAsync(Engine.Sqlite, smtp.Port);

        await SignUpAsync(server);

        await UntilAsync(server, "1 = 1", none: true);
        Assert.True(smtp.IsEmpty);
    }

    [Fact]
    public async Task Another_server_on_the_same_database_delivers_mails_that_the_first_could_not()
    {
        var clock = new HandClock();
        var port = ServerProcess.FreePort();
        await using var server = await StartAsync(Engine.Postgres, port, time: clock);
        await SignUpAsync(server);
        await UntilAsync(server, "attempts = 1");
        await using var smtp = SmtpServer.Start(port: port);
        await using (await server.StartAnotherAsync(clock))
        {
            await UntilAsync(server, "1 = 1", none: true, clock);
            Assert.Single(smtp.Take().To);
        }
    }

    [Fact]
    public async Task The_link_is_logged_in_the_format_that_scripts_parse_when_no_mail_server_is_set()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        (await server.PostAsync("/v0/auth/login", new { email = ada.Email })).Expect(202);
        await server.InviteAsync(ada, ada.Slug, "grace@example.com");

        Assert.Contains(
            "Confirm Email: http://localhost:6610/auth/confirm?token=",
            server.Mail[0].Body,
            StringComparison.Ordinal
        );
        Assert.Contains("Confirmation Token: ey", server.Mail[1].Body, StringComparison.Ordinal);
        Assert.Contains("Confirm Login: ", server.Mail[1].Body, StringComparison.Ordinal);
        Assert.Contains("Invite Code: ey", server.Mail[2].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PADDOCK_SMTP_PORT is set without PADDOCK_SMTP_HOST", "PADDOCK_SMTP_PORT=25")]
    [InlineData("PADDOCK_MAIL_FROM is missing", "PADDOCK_SMTP_HOST=mail")]
    [InlineData("PADDOCK_MAIL_FROM is \"nobody\"", "PADDOCK_SMTP_HOST=mail", "PADDOCK_MAIL_FROM=nobody")]
    [InlineData(
        "only allowed for a mail server on this machine (localhost), not for \"mail\"",
        "PADDOCK_SMTP_HOST=mail",
        "PADDOCK_SMTP_SECURITY=none"
    )]
    [InlineData("allowed: starttls, tls, none", "PADDOCK_SMTP_HOST=mail", "PADDOCK_SMTP_SECURITY=ssl")]
    [InlineData("belong together", "PADDOCK_SMTP_HOST=mail", "PADDOCK_MAIL_FROM=a@b.c", "PADDOCK_SMTP_USER=a")]
    public void An_invalid_mail_setting_is_refused_at_startup(string reason, params string[] settings)
    {
        var environment = settings.Select(one => one.Split('=', 2)).ToDictionary(one => one[0], one => one[1]);

        var refused = Assert.Throws<FormatException>(() => MailOptions.FromEnvironment(environment.GetValueOrDefault));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_line_breaks_starts_neither_a_new_header_nor_a_new_line_of_the_body()
    {
        var mail = new Paddock.Server.Ground.Mail.Mail(
            "bob@example.com",
            "Join Acme\r\nBcc: evil@example.com",
            ["Hello,", "Eve invites you to Acme\u2028\nhttps://evil.example/. Open this address to join:"],
            Paddock.Server.Ground.Mail.Mail.Usual
        );

        Assert.Equal("Join Acme  Bcc: evil@example.com", mail.Subject);
        Assert.Equal(2, mail.Text.Split('\n').Length);
        Assert.DoesNotContain("href", MailLayout.Html(mail.Subject, mail.Text), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_users_is_escaped_in_HTML_mail()
    {
        var html = MailLayout.Html("Join <b>", "Eve <script>alert(1)</script> invites you: https://example.com/?a=\"b");

        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("href=\"https://example.com/?a=&quot;b\"", html, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(
        Engine engine,
        int port,
        Func<MailOptions, MailOptions>? with = null,
        TimeProvider? time = null
    )
    {
        var mail = new MailOptions("127.0.0.1", port, MailSecurity.None, From);
        return TestServer.StartAsync(engine, time, options => options with { Mail = with is null ? mail : with(mail) });
    }

    private static async Task SignUpAsync(TestServer server) =>
        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Ada Admin",
                    email = "ada.admin@example.com",
                    i_agree = true,
                }
            )
        ).Expect(202);

    private static MimeMessage Parse(TakenMail mail) =>
        MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(mail.Raw)));

    private static Task<bool> AnyAsync(TestServer server, string condition) =>
        server.Database.ReadAsync(
            sql => sql.AnyAsync($"SELECT 1 FROM mails WHERE {new Raw(condition)}"),
            CancellationToken.None
        );

    // The worker is another thread, and no event announces that it has written.
    private static async Task UntilAsync(
        TestServer server,
        string condition,
        bool none = false,
        HandClock? clock = null
    )
    {
        for (var i = 0; i < 1500; i++)
        {
            if (await AnyAsync(server, condition) != none)
                return;
            clock?.Advance(TimeSpan.FromSeconds(15));
            await Task.Delay(20);
        }
        Assert.Fail($"No mail came to be so that {condition}.");
    }
}
