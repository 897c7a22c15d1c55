using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Installation;

public sealed class HostedTests
{
    [Theory]
    [InlineData("GET", "/v0/organizations/acme/plan", 404)]
    [InlineData("POST", "/v0/organizations/acme/plan", 423)]
    [InlineData("PATCH", "/v0/organizations/acme/plan", 423)]
    [InlineData("DELETE", "/v0/organizations/acme/plan", 423)]
    [InlineData("POST", "/v0/checkout", 423)]
    [InlineData("POST", "/v0/server/stats", 423)]
    [InlineData("GET", "/v0/server/stats/0190a0b0-0000-7000-8000-000000000001", 423)]
    public async Task Billing_endpoints_are_refused_with_the_reason(string method, string path, int status)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var refused = await server.SendAsync(new(method), path, method is "GET" or "DELETE" ? null : new { });

        Assert.Equal(status, refused.Status);
        Assert.NotEmpty(refused.Message);
    }
}
