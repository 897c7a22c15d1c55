using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Http;

public sealed class RequestIdTests
{
    [Fact]
    public async Task Every_response_has_a_unique_random_request_UUID()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var http = new HttpClient();
        var ids = new HashSet<Guid>();
        for (var i = 0; i < 50; i++)
        {
            using var answer = await http.GetAsync(new Uri(server.Address, "/v0/server/version"));
            var id = Guid.Parse(Assert.Single(answer.Headers.GetValues("x-request-id")));
            Assert.Equal((4, 0b10), (id.Version, id.Variant >> 2));
            Assert.True(ids.Add(id));
        }
    }
}
