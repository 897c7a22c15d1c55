using System.Net;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access;

/// <summary>The headers that browsers get, and the requests that they may send.</summary>
public sealed class BrowserTests
{
    private const string Sts = "Strict-Transport-Security";
    private const string Cors = "Access-Control-Allow-Origin";

    [Fact]
    public async Task HSTS_is_sent_only_when_a_trusted_proxy_reports_https()
    {
        await using var behind = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")],
            }
        );
        await using var open = await TestServer.StartAsync(Engine.Sqlite);
        foreach (var path in new[] { "/v0/server/version", "/auth/login", "/nowhere" })
        {
            Assert.StartsWith(
                "max-age=",
                Assert.Single(await HeaderAsync(behind, path, Sts, "https")),
                StringComparison.Ordinal
            );
            Assert.Single(await HeaderAsync(behind, path, Sts, "http, https")); // The proxy's own header counts.
            Assert.Empty(await HeaderAsync(behind, path, Sts, "https, http"));
            Assert.Empty(await HeaderAsync(behind, path, Sts, proto: null));
            Assert.Empty(await HeaderAsync(open, path, Sts, "https")); // Any client can send that header.
        }
    }

    [Fact]
    public async Task Other_sites_may_read_the_API_but_no_page()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("App");
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        foreach (
            var path in new[]
            {
                "/auth/login",
                "/auth/signup",
                "/auth/setup",
                "/auth/confirm",
                "/perf/app",
                "/perf/nowhere",
                "/console/projects/app/jobs",
                "/console/runners",
                "/console/fleet",
            }
        )
        {
            Assert.False((await reader.GetAsync(path)).Headers.Contains(Cors), path);
            Assert.False((await server.GetAsync(path)).Headers.Contains(Cors), path);
        }
        var style = (await reader.GetAsync("/auth/login")).Text.Split("href=\"/console/assets/")[1].Split('"')[0];
        Assert.False((await server.GetAsync("/console/assets/" + style)).Headers.Contains(Cors));
        foreach (var path in new[] { "/v0/projects", "/v0/projects/app", "/v0/projects/nowhere", "/v0/organizations" })
            Assert.Equal("*", (await server.GetAsync(path)).Headers.GetValues(Cors).Single());
    }

    [Theory]
    [InlineData("http://paddock.example", "http://paddock.example", null, true)]
    [InlineData("http://paddock.example", "https://paddock.example", null, false)]
    [InlineData("https://paddock.example", "https://paddock.example", null, true)]
    // An attacker between a browser and an unencrypted page.
    [InlineData("https://paddock.example", "http://paddock.example", null, false)]
    [InlineData("https://paddock.example", "https://paddock.example:444", null, false)]
    [InlineData("https://paddock.example", "https://evil.example", null, false)]
    [InlineData("https://paddock.example", "null", null, false)]
    [InlineData("https://paddock.example", "SERVER", null, true)] // The server's own address.
    [InlineData("https://paddock.example", "SERVERS", null, false)]
    [InlineData("https://paddock.example", "SERVERS", "https", true)]
    [InlineData("https://paddock.example", "SERVER", "https", false)]
    public async Task A_form_is_accepted_only_from_a_page_of_the_same_scheme_and_host(
        string console,
        string origin,
        string? proto,
        bool isTaken
    )
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                ConsoleUrl = console,
                TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")],
            }
        );
        origin = origin switch
        {
            "SERVER" => $"http://{server.Address.Authority}",
            "SERVERS" => $"https://{server.Address.Authority}",
            _ => origin,
        };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("secret", "nothing")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/login") { Content = form };
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (proto is not null)
            request.Headers.Add("X-Forwarded-Proto", proto);

        using var reply = await server.Http.SendAsync(request);

        Assert.Equal(isTaken ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden, reply.StatusCode);
    }

    private static async Task<IReadOnlyList<string>> HeaderAsync(
        TestServer server,
        string path,
        string header,
        string? proto
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (proto is not null)
            request.Headers.Add("X-Forwarded-Proto", proto);
        using var reply = await server.Http.SendAsync(request);
        return reply.Headers.TryGetValues(header, out var values) ? [.. values] : [];
    }
}
