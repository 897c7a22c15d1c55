using System.Net.Sockets;
using System.Text;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>A path with dot segments is not resolved to a parent path.</summary>
public sealed class DotSegmentTests
{
    [Theory, EveryDatabase]
    public async Task A_path_with_dot_segments_is_refused_and_deletes_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var admin = await server.SignUpAsync("Ada Admin");
        await admin.CreateProjectAsync("App");
        foreach (
            var path in (string[])
                [
                    "organizations/ada-admin/members/..",
                    "organizations/ada-admin/members/%2E%2e",
                    "projects/app/keys/.%2e",
                    "projects/app/branches/x/../../",
                    "projects/app/./",
                ]
        )
            Assert.StartsWith(
                "HTTP/1.1 400",
                await SendAsync(server.Address, $"DELETE /v0/{path} HTTP/1.1", admin.Token),
                StringComparison.Ordinal
            );
        (await admin.GetAsync("/v0/projects/app")).Expect(200);
        // Dots within names and queries are allowed.
        Assert.DoesNotContain(
            "segments",
            (await admin.GetAsync("/v0/projects/app/benchmarks/..b")).Message,
            StringComparison.Ordinal
        );
        (await admin.GetAsync("/v0/projects/app/branches?search=/../x")).Expect(200);
    }

    // Sends the request line unchanged; an HTTP client would resolve the segments itself.
    private static async Task<string> SendAsync(Uri server, string line, string token)
    {
        using var socket = new TcpClient(server.Host, server.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"{line}\r\nHost: {server.Authority}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            )
        );
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    [Fact]
    public async Task A_path_with_two_slashes_is_decoded_once()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.Equal(404, (await server.GetAsync("/v0//nowhere/%2500")).Status);
    }
}
