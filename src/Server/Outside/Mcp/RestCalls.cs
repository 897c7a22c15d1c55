using System.Buffers;
using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The answer of an endpoint.</summary>
/// <param name="Total">For a list, the number of entries on all pages.</param>
internal sealed record RestAnswer(int Status, string? Media, ReadOnlyMemory<byte> Body, string? Total);

/// <summary>
/// Calls the server's own REST endpoints in this process, as the same caller. The call passes through the middleware of
/// every request, so permissions, limits and messages are those of REST.
/// </summary>
internal sealed class RestCalls
{
    // The headers that identify the caller and their address.
    private static readonly string[] Passed = ["Authorization", KeyText.Header, "X-Forwarded-For", "X-Forwarded-Proto"];

    private readonly BaseOptions server;
    private readonly McpOptions limits;
    private readonly ErrorDialects dialects;
    private readonly DiskSpace disk;
    private readonly Db db;
    private readonly ILogger<ApiMiddleware> log;
    private readonly Lazy<FrozenDictionary<string, RouteEndpoint>> endpoints;

    public RestCalls(
        IEndpointRouteBuilder routes,
        BaseOptions server,
        McpOptions limits,
        ErrorDialects dialects,
        DiskSpace disk,
        Db db,
        ILogger<ApiMiddleware> log
    )
    {
        (this.server, this.limits, this.dialects, this.disk, this.db, this.log) = (
            server,
            limits,
            dialects,
            disk,
            db,
            log
        );
        endpoints = new(() =>
            routes
                .DataSources.SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
                .SelectMany(endpoint =>
                    (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method =>
                        (Name: $"{method} {endpoint.RoutePattern.RawText}", Endpoint: endpoint)
                    )
                )
                .DistinctBy(named => named.Name)
                .ToFrozenDictionary(named => named.Name, named => named.Endpoint)
        );
    }

    /// <exception cref="Refusal">The answer is too large or took too long.</exception>
    public async Task<RestAnswer> SendAsync(HttpContext outer, RestRequest request)
    {
        using var late = new CancellationTokenSource(limits.TimeMax, server.Limits.Clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(outer.RequestAborted, late.Token);
        var life = new Life(ending.Token);
        using var body = new LimitedBody(limits.AnswerBytesMax);
        var inner = Inner(outer, request, life, body);
        var endpoint = endpoints.Value[$"{request.Method} {request.Route}"];
        inner.SetEndpoint(endpoint);

        var hasFinished = false;
        await new ApiMiddleware(AnswerAsync, server, dialects, disk, db, log).InvokeAsync(inner);
        await inner.Response.CompleteAsync();

        outer.RequestAborted.ThrowIfCancellationRequested();
        if (body.IsFull)
            throw new Refusal(
                Because.TooLarge,
                $"The answer has more than {limits.AnswerBytesMax} bytes ({McpOptions.AnswerSetting}): "
                    + "ask for fewer entries per page, fewer series or a shorter time."
            );
        var isBroken = life.WasAborted || (!hasFinished && inner.Response.StatusCode < StatusCodes.Status400BadRequest);
        if (isBroken && late.IsCancellationRequested)
            throw new Refusal(
                Because.TakesTooLong,
                $"The tool took longer than {limits.TimeMax.TotalSeconds:0} seconds ({McpOptions.TimeSetting}): "
                    + "ask for fewer series or a shorter time."
            );
        if (isBroken)
            throw new InvalidOperationException($"The answer of {request.Method} {request.Route} was cut off.");
        var total = inner.Response.Headers["X-Total-Count"].ToString();
        return new(
            inner.Response.StatusCode,
            inner.Response.ContentType,
            body.Written,
            total.Length > 0 ? total : null
        );

        async Task AnswerAsync(HttpContext http)
        {
            await endpoint.RequestDelegate!(http);
            hasFinished = true;
        }
    }

    private static DefaultHttpContext Inner(HttpContext outer, RestRequest request, Life life, LimitedBody body)
    {
        var inner = new DefaultHttpContext { RequestServices = outer.RequestServices };
        inner.Features.Set<IHttpRequestLifetimeFeature>(life);
        inner.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        inner.Connection.RemoteIpAddress = outer.Connection.RemoteIpAddress;
        inner.Request.Scheme = outer.Request.Scheme;
        inner.Request.Host = outer.Request.Host;
        inner.Request.Method = request.Method;
        inner.Request.Path = PathOf(request);
        inner.Request.QueryString = request.Query;
        foreach (var (name, value) in request.Path)
            inner.Request.RouteValues[name] = value;
        foreach (var name in Passed)
            if (outer.Request.Headers.TryGetValue(name, out var values))
                inner.Request.Headers[name] = values;
        if (request.Body is { } json)
        {
            inner.Request.ContentType = "application/json";
            inner.Request.ContentLength = json.Length;
            inner.Request.Body = new MemoryStream(json.ToArray(), writable: false);
        }
        return inner;
    }

    // Used in messages only; the endpoint reads its values from the route.
    private static string PathOf(RestRequest request) =>
        request.Path.Aggregate(request.Route, (path, value) =>
            path.Replace($"{{{value.Key}}}", WebUtility.UrlEncode(value.Value), StringComparison.Ordinal)
        );

    /// <summary>Aborts the inner request when the outer one is aborted or its time is over.</summary>
    private sealed class Life(CancellationToken ending) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = ending;
        public bool WasAborted { get; private set; }

        public void Abort() => WasAborted = true;
    }

    /// <summary>
    /// Keeps an answer up to a maximum size. The write that exceeds it ends the endpoint; later writes are dropped.
    /// </summary>
    private sealed class LimitedBody(int bytesMax) : Stream
    {
        private readonly ArrayBufferWriter<byte> kept = new();

        public bool IsFull { get; private set; }
        public ReadOnlyMemory<byte> Written => kept.WrittenMemory;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => kept.WrittenCount;
        public override long Position
        {
            get => Length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsFull)
                return;
            if (kept.WrittenCount + buffer.Length > bytesMax)
            {
                IsFull = true;
                throw new Refusal(Because.TooLarge, "The answer is too large.");
            }
            kept.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
