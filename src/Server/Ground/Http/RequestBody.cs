using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;
using Paddock.Core.Names;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Reads request bodies, plain or compressed, up to the configured size, which counts after decompression. The body of
/// a refused request is read to its end before the answer: a client that is still sending when the connection closes
/// would see a broken connection instead of the answer.
/// </summary>
internal static class RequestBody
{
    /// <summary>
    /// The response header that tells clients the largest allowed body before they send one. A Paddock addition; v0
    /// does not have it.
    /// </summary>
    public const string MaxHeader = "X-Request-Body-Max-Bytes";

    private const string Setting = "PADDOCK_REQUEST_BODY_MAX_BYTES";
    private const string Compression = "gzip";
    private const string IsBeingRead = "paddock.body";
    private const int ChunkBytes = 64 * 1024;

    // How much of a refused body is read, and for how long, before the connection is closed.
    private const long DrainBytesMax = 1L << 30;
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(30);

    /// <summary>Announces the size limit, and in the header of RFC 9110 that bodies may be compressed.</summary>
    public static void Announce(HttpResponse response, BaseOptions options)
    {
        response.Headers.AcceptEncoding = Compression;
        response.Headers[MaxHeader] = options.RequestBodyBytesMax.ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
    }

    /// <summary>
    /// Turns Kestrel's limit off. The code that reads the body enforces the limit, and can refuse a body without
    /// breaking the connection.
    /// </summary>
    public static void TakeOver(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
    }

    /// <summary>Passes the whole body to <paramref name="parse"/>, which must not keep it.</summary>
    /// <exception cref="Refusal">The body is too large, or has an unsupported encoding.</exception>
    /// <param name="setting">The setting that <paramref name="bytesMax"/> comes from; the refusal names it.</param>
    public static async Task<T> ReadAsync<T>(
        HttpContext http,
        int bytesMax,
        Func<ReadOnlySequence<byte>, T> parse,
        string setting = Setting
    )
    {
        var encoding = http.Request.Headers.ContentEncoding.ToString().Trim();
        if (http.Request.ContentLength > bytesMax)
            throw TooLarge(bytesMax, setting);
        http.Items[IsBeingRead] = true;
        switch (encoding.ToLowerInvariant())
        {
            case "" or "identity":
                return await ReadPlainAsync(http, bytesMax, parse, setting);
            case Compression or "x-gzip":
                return parse(await UnzipAsync(http, bytesMax, setting));
            default:
                http.Response.Headers.AcceptEncoding = Compression;
                throw new Refusal(
                    Because.BadEncoding,
                    $"the body is encoded as {Text.Quote(encoding)}; possible: {Compression}, or no encoding"
                );
        }
    }

    /// <summary>Reads the rest of a refused request's body. Closes the connection if too much is left.</summary>
    public static async Task DrainAsync(HttpContext http)
    {
        var hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        if (!hasBody || http.WebSockets.IsWebSocketRequest)
            return;
        // A client that sent "Expect" and waits has not begun to send. Reading would only tell it to begin.
        var waits = http.Request.Headers.Expect.Count > 0 && !http.Items.ContainsKey(IsBeingRead);
        if (waits || !await IsDrainedAsync(http))
            http.Response.Headers.Connection = "close";
    }

    private static async Task<bool> IsDrainedAsync(HttpContext http)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(DrainTimeMax);
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (long read = 0; read <= DrainBytesMax; )
            {
                var count = await http.Request.Body.ReadAsync(chunk, limit.Token);
                if (count == 0)
                    return true;
                read += count;
            }
            return false;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static async Task<T> ReadPlainAsync<T>(
        HttpContext http,
        int bytesMax,
        Func<ReadOnlySequence<byte>, T> parse,
        string setting
    )
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length <= bytesMax && !read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            try
            {
                return read.Buffer.Length <= bytesMax ? parse(read.Buffer) : throw TooLarge(bytesMax, setting);
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private static async Task<ReadOnlySequence<byte>> UnzipAsync(HttpContext http, int bytesMax, string setting)
    {
        var body = new ArrayBufferWriter<byte>(ChunkBytes);
        await using var unzipped = new GZipStream(http.Request.Body, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            while (await unzipped.ReadAsync(body.GetMemory(ChunkBytes), http.RequestAborted) is > 0 and var count)
            {
                body.Advance(count);
                if (body.WrittenCount > bytesMax)
                    throw TooLarge(bytesMax, setting);
            }
        }
        catch (InvalidDataException e)
        {
            throw Refusal.BadInput(
                $"the body is not valid {Compression}, although its Content-Encoding says so: {e.Message}"
            );
        }
        return new(body.WrittenMemory);
    }

    private static Refusal TooLarge(int bytesMax, string setting) =>
        new(
            Because.BadInput,
            $"request body exceeded maximum size of {bytesMax} bytes ({setting}), counted after decompression"
        );
}
