using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>
/// The size limit of request bodies, compressed or not; a client that exceeds it gets a readable refusal.
/// </summary>
public sealed class RequestBodyTests : IAsyncLifetime
{
    private const int BytesMax = 256 * 1024;
    private TestServer server = null!;

    public async Task InitializeAsync() =>
        server = await TestServer.StartAsync(Engine.Sqlite, requestBodyBytesMax: BytesMax);

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Responses_tell_clients_the_body_limit_and_that_gzip_is_accepted()
    {
        using var answer = await server.Http.GetAsync("/v0/server/version");

        Assert.Equal("262144", answer.Headers.GetValues("X-Request-Body-Max-Bytes").Single());
        Assert.Equal("gzip", answer.Headers.GetValues("Accept-Encoding").Single());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    public async Task A_compressed_body_is_read_like_the_same_body_uncompressed(string encoding)
    {
        var (status, text) = await PostAsync(Zip(Run(padding: 1000)), encoding);

        Assert.True(status == HttpStatusCode.Created, text);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_accepted_and_one_byte_more_is_refused()
    {
        var run = Run(padding: BytesMax - Run(padding: 0).Length);
        Assert.Equal(BytesMax, run.Length);

        Assert.Equal(HttpStatusCode.Created, (await PostAsync(run)).Status);
        Assert.Equal(HttpStatusCode.Created, (await PostAsync(Zip(run), "gzip")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync([.. run, (byte)' '])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(Zip([.. run, (byte)' ']), "gzip")).Status);
    }

    // 8 MiB compressed to less than the limit of 256 KiB: the limit applies to the decompressed body.
    [Fact]
    public async Task A_small_body_that_decompresses_beyond_the_limit_is_refused()
    {
        var bomb = Zip(new byte[8 << 20]);
        Assert.True(bomb.Length < BytesMax);

        var (status, text) = await PostAsync(bomb, "gzip");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("request body exceeded maximum size of 262144 bytes", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip", HttpStatusCode.BadRequest, "not valid gzip, although its Content-Encoding says so")]
    [InlineData("br", HttpStatusCode.UnsupportedMediaType, "possible: gzip")]
    [InlineData("gzip, gzip", HttpStatusCode.UnsupportedMediaType, "possible: gzip")]
    public async Task A_body_with_a_wrong_or_unsupported_encoding_is_refused(
        string encoding,
        HttpStatusCode expected,
        string why
    )
    {
        var (status, text) = await PostAsync(Run(padding: 10), encoding);

        Assert.Equal(expected, status);
        Assert.Contains(why, text, StringComparison.Ordinal);
    }

    // A client that sends its whole body before it reads anything, as most do.
    [Theory]
    [InlineData("/v0/run", null, "400")]
    [InlineData("/v0/run", "Bearer bencher_run_000000000000000000000000000000", "401")]
    [InlineData("/v0/projects/nowhere/reports", null, "404")]
    [InlineData("/nowhere", null, "404")]
    public async Task A_client_that_sends_too_much_reads_the_refusal_and_may_reuse_the_connection(
        string path,
        string? authorization,
        string status
    )
    {
        using var connection = await ConnectAsync();
        var head =
            $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {32 << 20}\r\n"
            + (authorization is null ? "" : $"Authorization: {authorization}\r\n")
            + "\r\n";

        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        for (var sent = 0; sent < 32; sent++)
            await connection.GetStream().WriteAsync(new byte[1 << 20]);
        var first = await ReadHeadAsync(connection);
        await connection.GetStream().WriteAsync("GET /v0/server/version HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());

        Assert.StartsWith($"HTTP/1.1 {status} ", first, StringComparison.Ordinal);
        // The rest of the first answer may still precede the second one.
        Assert.Contains(
            "HTTP/1.1 200 OK",
            await ReadUntilAsync(connection, "HTTP/1.1 200 OK"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_body_without_a_length_is_refused_when_it_exceeds_the_limit()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v0/run")
        {
            Content = new ByteArrayContent(new byte[8 << 20]),
        };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("exceeded maximum size", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_expects_100_continue_is_refused_before_it_sends_the_body()
    {
        using var connection = await ConnectAsync();
        const string head =
            "POST /v0/run HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: "
            + "100-continue\r\nContent-Length: 33554432\r\n\r\n";

        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        var answer = await ReadHeadAsync(connection);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        connection.ReceiveTimeout = 20_000;
        return connection;
    }

    private static Task<string> ReadHeadAsync(TcpClient connection) => ReadUntilAsync(connection, "\r\n\r\n");

    private static async Task<string> ReadUntilAsync(TcpClient connection, string end)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (buffer, text) = (new byte[8192], "");
        while (!text.Contains(end, StringComparison.Ordinal))
        {
            var count = await connection.GetStream().ReadAsync(buffer, patience.Token);
            if (count == 0)
                break;
            text += Encoding.ASCII.GetString(buffer, 0, count);
        }
        return text;
    }

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(byte[] body, string? encoding = null)
    {
        using var content = new ByteArrayContent(body)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var answer = await server.Http.PostAsync("/v0/run", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static byte[] Run(int padding) =>
        Encoding.UTF8.GetBytes(
            """
            {"project":"acme","start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:00:01Z","context":{},
             "results":["{\"b\":{\"latency\":{\"value\":1}}}"]PADDING}
            """.Replace("PADDING", new string(' ', padding), StringComparison.Ordinal)
        );

    private static byte[] Zip(byte[] body)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(body);
        return zipped.ToArray();
    }
}
