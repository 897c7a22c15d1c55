using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Http;

/// <summary>Handles what all requests share: request ids, CORS, and errors in the dialect of the API.</summary>
internal sealed partial class ApiMiddleware(
    RequestDelegate next,
    BaseOptions options,
    ErrorDialects dialects,
    DiskSpace disk,
    Db db,
    ILogger<ApiMiddleware> log
)
{
    private const string UsualHeaders = "Content-Type, Authorization";
    private const string TlsOnly = "max-age=31536000"; // One year, in seconds.
    private const string Verbs = "GET, POST, PUT, PATCH, DELETE, OPTIONS";

    public async Task InvokeAsync(HttpContext http)
    {
        var request = RequestId();
        var headers = http.Response.Headers;
        headers["x-request-id"] = request.ToString();
        if (ClientAddress.IsSecure(http, options.TrustedProxies))
            headers.StrictTransportSecurity = TlsOnly;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = http.Request.Method;
        headers.AccessControlAllowHeaders =
            dialects.Of(http).MoreHeaders is { } more ? $"{UsualHeaders}, {more}"
            : http.Request.Headers.Authorization.Count > 0 ? UsualHeaders
            : "Content-Type";
        headers.AccessControlExposeHeaders = "X-Total-Count";
        using var requester = Requester.Begin(ClientAddress.Of(http, options.TrustedProxies));
        RequestBody.TakeOver(http);
        try
        {
            DotSegments.Refuse(http);
            disk.RefuseGrowth(http.Request);
            await next(http);
            // Writes the audit entry of an action without database changes, such as a backup: no unit of work has
            // written it.
            if (requester.Audit is { IsWritten: false } && http.Response.StatusCode < StatusCodes.Status400BadRequest)
                await db.WriteAsync(_ => Task.CompletedTask);
            if (http.Response is { HasStarted: false, ContentLength: null, ContentType: null })
                await NoEndpointAsync(http, request);
        }
        catch (Refusal e)
        {
            AskAgainAfter(http, e.RetryAfter);
            await WriteAsync(http, request, Status(e.Because), e.Message, refusal: e);
        }
        catch (BadHttpRequestException e)
        {
            await WriteAsync(http, request, e.StatusCode, "the request is not valid HTTP: " + e.Message);
        }
        catch (DbException e) when (Db.IsTaken(e))
        {
            await WriteAsync(
                http,
                request,
                StatusCodes.Status409Conflict,
                "Another request has just taken the same name, slug or address. Try again, or choose another one."
            );
        }
        // The client has disconnected, so no answer is sent.
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested) { }
        catch (Exception e) when (Outage.Of(e) is { } outage)
        {
            // Logs one line without a stack trace, because every request fails the same way during the outage.
            try
            {
                LogOutage(http.Request.Method, http.Request.Path, outage.What, outage.State, e.Message);
                AskAgainAfter(http, outage.RetryAfter);
                await WriteAsync(http, request, outage.Status, outage.Sentence);
            }
            catch (OutOfMemoryException) // There is not even enough memory to report it.
            {
                http.Abort();
            }
        }
        catch (Exception e)
        {
            var code = Guid.NewGuid();
            LogFailure(e, http.Request.Method, http.Request.Path, code);
            await WriteAsync(
                http,
                request,
                StatusCodes.Status500InternalServerError,
                "The server failed to process this request. Its log has the details under the error code.",
                code
            );
        }
    }

    // A version 4 UUID. It is not a secret, so the pseudorandom generator suffices: asking the kernel for random bytes
    // takes longer than the rest of this middleware.
    private static Guid RequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        bytes[7] = (byte)((bytes[7] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new(bytes);
    }

    private Task NoEndpointAsync(HttpContext http, Guid request)
    {
        var path = Core.Names.Text.Quote(http.Request.Path.Value);
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status405MethodNotAllowed when http.Request.Method == HttpMethods.Options:
                // A CORS preflight is answered whatever credentials or parameters it carries.
                http.Response.StatusCode = StatusCodes.Status200OK;
                http.Response.Headers.AccessControlAllowMethods = http.Response.Headers.Allow;
                http.Response.Headers.AccessControlAllowHeaders = dialects.Of(http).MoreHeaders is { } more
                    ? $"{UsualHeaders}, {more}"
                    : UsualHeaders;
                http.Response.Headers.Remove("Allow");
                http.Response.ContentType = "application/json";
                http.Response.Headers["X-Total-Count"] = "1";
                return http.Response.WriteAsync("null");
            case StatusCodes.Status405MethodNotAllowed:
                return WriteAsync(
                    http,
                    request,
                    StatusCodes.Status405MethodNotAllowed,
                    $"{http.Request.Method} is not possible on {path}; possible: {http.Response.Headers.Allow}"
                );
            case StatusCodes.Status404NotFound
                when Ground.Pages.Pages.IsWanted(http.Request) && dialects.At(http.Request.Path) is null:
                return Ground.Pages.Pages.NotFound().WriteAsync(http);
            case StatusCodes.Status404NotFound:
                return WriteAsync(http, request, StatusCodes.Status404NotFound, $"There is nothing at {path}.");
            default:
                return Task.CompletedTask;
        }
    }

    private static void AskAgainAfter(HttpContext http, TimeSpan? time)
    {
        if (time is { } after && !http.Response.HasStarted)
            http.Response.Headers.RetryAfter = ((long)Math.Ceiling(after.TotalSeconds)).ToString(
                CultureInfo.InvariantCulture
            );
    }

    private async Task WriteAsync(
        HttpContext http,
        Guid request,
        int status,
        string message,
        Guid? code = null,
        Refusal? refusal = null
    )
    {
        if (http.Response.HasStarted)
        {
            http.Abort(); // A truncated answer must not look complete.
            return;
        }
        await RequestBody.DrainAsync(http);
        http.Response.StatusCode = status;
        http.Response.ContentLength = null; // Drops the length set for the intended answer.
        http.Response.ContentType = "application/json";
        http.Response.Headers.AccessControlAllowMethods = Verbs;
        http.Response.Headers.AccessControlAllowHeaders = UsualHeaders;
        await using (var json = new Utf8JsonWriter(http.Response.BodyWriter, Answer.JsonOptions))
        {
            dialects.Of(http).Write(json, new(status, message, request, code, refusal));
        }
        await Answer.FinishAsync(http, CancellationToken.None);
    }

    public static int Status(Because because) =>
        because switch
        {
            Because.BadInput => StatusCodes.Status400BadRequest,
            Because.NotSignedIn => StatusCodes.Status401Unauthorized,
            Because.NeedsPlan => StatusCodes.Status402PaymentRequired,
            Because.NotAllowed => StatusCodes.Status403Forbidden,
            Because.NotFound => StatusCodes.Status404NotFound,
            Because.Conflict => StatusCodes.Status409Conflict,
            Because.TooMany => StatusCodes.Status429TooManyRequests,
            Because.TooLarge => StatusCodes.Status413PayloadTooLarge,
            Because.BadRange => StatusCodes.Status416RangeNotSatisfiable,
            Because.NotPossible => StatusCodes.Status405MethodNotAllowed,
            Because.TakesTooLong => StatusCodes.Status503ServiceUnavailable,
            Because.HostedOnly => StatusCodes.Status423Locked,
            Because.NoRoom => StatusCodes.Status507InsufficientStorage,
            Because.BadEncoding => StatusCodes.Status415UnsupportedMediaType,
        };

    [LoggerMessage(LogLevel.Error, "{Method} {Path}: the {What} {State}: {Message}")]
    private partial void LogOutage(string method, string? path, string what, string state, string message);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, error code {Code}")]
    private partial void LogFailure(Exception e, string method, string? path, Guid code);
}
