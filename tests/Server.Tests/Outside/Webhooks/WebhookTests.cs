using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Outside.Webhooks;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.Outside.Webhooks;

public sealed class WebhookTests
{
    private const string Path = "/v0/projects/demo/webhooks";

    [Theory, EveryDatabase]
    public async Task A_webhook_gets_one_signed_message_when_a_change_is_proven_and_one_when_it_is_over(Engine engine)
    {
        var clock = new HandClock();
        await using var hook = await Listener.StartAsync();
        await using var server = await StartAsync(engine, clock);
        var (ada, story) = await Story.BeginAsync(server);
        await story.RunAsync(40, 100);
        var made = (await ada.PostAsync(Path, new { url = hook.Address })).Expect(201);
        await story.RunAsync(20, 135);

        var proven = await hook.TakeAsync(clock);
        Assert.Equal(("change_proven", "demo"), ((string?)proven.Json["event"], (string?)proven.Json["project"]));
        Assert.Equal(
            ("slower", Run.Commit(40)),
            ((string?)proven.Json["change"]!["verdict"], (string?)proven.Json["change"]!["since"]!["hash"])
        );
        Assert.Contains("/perf/demo/changes/", (string?)proven.Json["address"], StringComparison.Ordinal);
        var expected = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes((string)made["secret"]!),
            Encoding.UTF8.GetBytes($"{proven.Timestamp}.{proven.Body}")
        );
        Assert.Equal("sha256=" + Convert.ToHexStringLower(expected), proven.Signature);

        await story.RunAsync(40, 100);
        Assert.Equal("change_returned", (string?)(await hook.TakeAsync(clock)).Json["event"]);
        Assert.DoesNotContain((string)made["secret"]!, (await ada.GetAsync(Path)).Text, StringComparison.Ordinal);
        Assert.Equal(204, (await ada.DeleteAsync($"{Path}/{made["uuid"]}")).Status);
        Assert.Equal(0, await server.CountAsync("webhooks"));
    }

    [Fact]
    public async Task A_Slack_webhook_gets_a_text_message_and_a_failed_delivery_is_retried()
    {
        var clock = new HandClock();
        await using var hook = await Listener.StartAsync();
        hook.Refusals = 1;
        await using var server = await StartAsync(Engine.Sqlite, clock);
        var (ada, story) = await Story.BeginAsync(server);
        await story.RunAsync(40, 100);
        (await ada.PostAsync(Path, new { url = hook.Address, form = "slack" })).Expect(201);
        await story.RunAsync(20, 135);

        var told = await hook.TakeAsync(clock);

        Assert.StartsWith(
            "*Demo*, main: 1 benchmark is slower since 0000000: a +",
            (string?)told.Json["text"],
            StringComparison.Ordinal
        );
        Assert.Null(told.Signature);
        Assert.Equal(2, hook.Requests);
        Assert.Equal(
            new Uri(hook.Address).GetLeftPart(UriPartial.Authority),
            (string?)(await ada.GetAsync(Path)).Expect(200)[0]!["url"]
        );
    }

    [Fact]
    public async Task A_test_message_reports_whether_it_was_delivered()
    {
        await using var hook = await Listener.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, new HandClock());
        var (ada, _) = await Story.BeginAsync(server);
        var made = (await ada.PostAsync(Path, new { url = hook.Address })).Expect(201);

        var taken = (await ada.PostAsync($"{Path}/{made["uuid"]}/test", new { })).Expect(200);
        hook.Refusals = 2;
        var refused = (await ada.PostAsync($"{Path}/{made["uuid"]}/test", new { })).Expect(200);

        Assert.True((bool)taken["delivered"]!);
        Assert.Equal((false, "it answered 503"), ((bool)refused["delivered"]!, (string?)refused["problem"]));
        Assert.Equal(2, hook.Requests);
        Assert.Equal(404, (await ada.PostAsync($"{Path}/{Guid.NewGuid()}/test", new { })).Status);
    }

    [Theory, EveryDatabase]
    public async Task Watchers_of_a_project_get_one_mail_for_a_change_and_one_when_it_is_over(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, clock);
        var (ada, story) = await Story.BeginAsync(server);
        using var eve = await server.SignUpAsync("Eve Outsider");
        await story.RunAsync(40, 100);
        Assert.True((bool)(await ada.PutAsync("/v0/projects/demo/watch", new { })).Expect(200)["watching"]!);
        (await ada.PutAsync("/v0/projects/demo/watch", new { })).Expect(200);
        (await eve.PutAsync("/v0/projects/demo/watch", new { })).Expect(200);
        Assert.Equal(204, (await eve.DeleteAsync("/v0/projects/demo/watch")).Status);

        await story.RunAsync(20, 135);
        await MailAsync(server, clock, 1);
        await story.RunAsync(40, 100);
        await MailAsync(server, clock, 2);

        var mails = server.Mail.Where(mail => mail.Subject.StartsWith("[Demo] ", StringComparison.Ordinal)).ToList();
        Assert.All(mails, mail => Assert.Equal(ada.Email, mail.To));
        Assert.StartsWith("[Demo] 1 benchmark is slower since", mails[0].Subject, StringComparison.Ordinal);
        Assert.StartsWith("[Demo] Back to normal: ", mails[1].Subject, StringComparison.Ordinal);
        Assert.Empty((await ada.GetAsync(Path)).Expect(200).AsArray());
    }

    private static async Task MailAsync(TestServer server, HandClock clock, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (server.Mail.Count(mail => mail.Subject.StartsWith("[Demo] ", StringComparison.Ordinal)) < count)
        {
            patience.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(20, patience.Token); // The worker is another thread; no event announces its check.
        }
    }

    [Theory, EveryDatabase]
    public async Task Only_users_who_manage_a_project_see_and_create_its_webhooks(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Root");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        await olive.CreateProjectAsync("Demo");
        (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Secret", visibility = "private" }
            )
        ).Expect(201);
        var key = server.With(
            (string)(await olive.PostAsync("/v0/projects/demo/keys", new { name = "CI" })).Expect(201)["key"]!
        );
        object body = new { url = "https://example.com/hook" };

        foreach (var who in new[] { server, eve, key })
        {
            Assert.InRange((await who.PostAsync(Path, body)).Status, 400, 403);
            Assert.InRange((await who.GetAsync(Path)).Status, 400, 403);
        }
        Assert.Equal(
            (404, 404),
            (
                (await eve.GetAsync("/v0/projects/secret/webhooks")).Status,
                (await eve.PostAsync("/v0/projects/secret/webhooks", body)).Status
            )
        );
        Assert.Equal(0, await server.CountAsync("webhooks"));
        (await olive.PostAsync(Path, body)).Expect(201);
    }

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("ftp://example.com/")]
    [InlineData("https://user:password@example.com/")]
    [InlineData("example.com")]
    public async Task A_webhook_URL_without_HTTPS_or_with_credentials_is_refused(string url)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (ada, _) = await Story.BeginAsync(server);

        var refused = await ada.PostAsync(Path, new { url });

        Assert.Equal(400, refused.Status);
        Assert.StartsWith("url: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("webhooks"));
    }

    [Theory]
    [InlineData("93.184.215.14", true)]
    [InlineData("2606:2800:21f::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("64:ff9b::93.184.215.14", true)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("2002:7f00:1::1", false)]
    [InlineData("2002:5db8:d70e::1", true)]
    [InlineData("2001:0:5ef5:79fd::1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.0.2.2", false)]
    [InlineData("198.51.100.7", false)]
    [InlineData("203.0.113.9", false)]
    public void Private_and_reserved_addresses_are_not_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicOnly.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void The_servers_own_public_address_is_not_allowed_as_a_webhook_target()
    {
        IPAddress own = IPAddress.Parse("9.9.9.9"),
            other = IPAddress.Parse("8.8.8.8");

        Assert.Equal([other], PublicOnly.Allowed([own, other, IPAddress.Loopback], [own]));
        Assert.Contains(IPAddress.Loopback, PublicOnly.OwnAddresses());
    }

    [Theory, EveryDatabase]
    public async Task One_caller_may_run_only_two_webhook_tests_at_once(Engine engine)
    {
        await using var slow = await Listener.StartAsync();
        slow.Holds = new();
        await using var server = await StartAsync(engine, new());
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var hook = (await ada.PostAsync("/v0/projects/demo/webhooks", new { url = slow.Address })).Expect(201);
        var tries = server.Part<Shares>().Tries;

        var asked = Enumerable
            .Range(0, 5)
            .Select(_ => ada.PostAsync($"/v0/projects/demo/webhooks/{(string)hook["uuid"]!}/test", new { }))
            .ToList();
        while ((tries.Held, tries.Waiting) != (2, 3))
            await Task.Delay(10); // Not a test's wait: the requests need some time.
        Assert.InRange(slow.Requests, 0, 2);
        slow.Holds.SetResult();

        Assert.All(await Task.WhenAll(asked), reply => reply.Expect(200));
    }

    [Theory, EveryDatabase]
    public async Task A_slow_webhook_does_not_delay_other_webhooks(Engine engine)
    {
        var clock = new HandClock();
        await using var slow = await Listener.StartAsync();
        await using var quick = await Listener.StartAsync();
        slow.Holds = new();
        await using var server = await StartAsync(engine, clock);
        var (ada, story) = await Story.BeginAsync(server);
        await story.RunAsync(40, 100);
        (await ada.PostAsync(Path, new { url = slow.Address })).Expect(201);
        (await ada.PostAsync(Path, new { url = quick.Address })).Expect(201);
        await story.RunAsync(20, 135);

        var told = await quick.TakeAsync(clock);

        Assert.Equal("change_proven", (string?)told.Json["event"]);
        while (slow.Requests == 0)
            await Task.Delay(10); // Not a test's wait: the two were sent at once, and either may arrive first.
        Assert.Equal((1, 0), (slow.Requests, slow.Aborted)); // The server is still waiting for the answer.
        slow.Holds.SetResult();
    }

    [Fact]
    public async Task A_private_address_gets_no_webhook_message_unless_the_settings_allow_it()
    {
        await using var hook = await Listener.StartAsync();
        using var http = new WebhookHttp(new());

        Assert.Contains(
            "private network",
            await http.PostAsync(hook.Address, [1], [], CancellationToken.None),
            StringComparison.Ordinal
        );
        Assert.Equal(0, hook.Requests);
    }

    private static Task<TestServer> StartAsync(Engine engine, HandClock clock) =>
        TestServer.StartAsync(engine, clock, options => options with { Webhooks = new() { IsPrivateAllowed = true } });

    private sealed record Told(string Body, string? Signature, string? Timestamp)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;
    }

    private sealed class Listener : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly ConcurrentQueue<Told> told = [];
        private int requests;

        private Listener(WebApplication app) => this.app = app;

        public string Address =>
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()
            + "/hook/secret";
        public int Refusals { get; set; }

        /// <summary>No request is answered before this completes; null answers at once.</summary>
        public TaskCompletionSource? Holds { get; set; }
        public int Aborted { get; private set; }
        public int Requests => requests;

        public static async Task<Listener> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var listener = new Listener(app);
            app.MapPost("/hook/secret", listener.HearAsync);
            await app.StartAsync();
            return listener;
        }

        /// <summary>The next message; advances the server's clock until it arrives.</summary>
        public async Task<Told> TakeAsync(HandClock clock)
        {
            for (var i = 0; i < 1000; i++)
            {
                if (told.TryDequeue(out var message))
                    return message;
                clock.Advance(TimeSpan.FromSeconds(5));
                await Task.Delay(20); // The worker is another thread; no event announces its check.
            }
            throw new TimeoutException("The webhook was not told anything.");
        }

        private async Task<IResult> HearAsync(HttpRequest request)
        {
            if (Interlocked.Increment(ref requests) <= Refusals)
                return TypedResults.StatusCode(503);
            try
            {
                if (Holds is { } held)
                    await held.Task.WaitAsync(request.HttpContext.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                Aborted++;
            }
            using var reader = new StreamReader(request.Body);
            told.Enqueue(
                new(
                    await reader.ReadToEndAsync(),
                    request.Headers["X-Paddock-Signature-256"].FirstOrDefault(),
                    request.Headers["X-Paddock-Timestamp"].FirstOrDefault()
                )
            );
            return TypedResults.Ok();
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
