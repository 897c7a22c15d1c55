using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace Paddock.Cli;

/// <summary>
/// The outcome of one attempt at a request: a status with its body, or the reason why no answer came.
/// </summary>
internal sealed record Answer
{
    private Answer() { }

    public byte[] Body { get; private init; } = [];
    private HttpStatusCode? Status { get; init; }
    private string Reason { get; init; } = "";
    private string? MediaType { get; init; }
    private string Headers { get; init; } = "";
    private Exception? Cause { get; init; }
    private string? RequestId { get; init; }
    private string? ErrorCode { get; init; }
    private string? Message { get; init; }

    /// <summary>Options that limit how deep an answer may be nested.</summary>
    public static JsonDocumentOptions Deep { get; } = new() { MaxDepth = 256 };

    /// <summary>The answer's status and type, for people.</summary>
    public string Content => $"{(Body.Length == 0 ? "empty" : MediaType ?? "of no type")} ({(int?)Status} {Reason})";

    public bool IsEmpty => Status == HttpStatusCode.NoContent && Body.Length == 0;

    /// <summary>True when the whole body is one JSON document that can be printed.</summary>
    public bool IsJson
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Body, Deep);
                using var writer = new Utf8JsonWriter(Stream.Null);
                document.WriteTo(writer);
                return true;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
            {
                return false;
            }
        }
    }

    /// <summary>The largest body that the server takes; null when the server does not say. Only Paddock does.</summary>
    public long? BodyBytesMax { get; private init; }

    /// <summary>True when the server says that it takes compressed bodies.</summary>
    public bool TakesGzip { get; private init; }

    /// <summary>True when the body was refused for its size.</summary>
    public bool IsBodyTooLarge =>
        Status is HttpStatusCode.RequestEntityTooLarge
        || (
            Status is HttpStatusCode.BadRequest
            && Message?.Contains("exceeded maximum size", StringComparison.OrdinalIgnoreCase) is true
        );

    /// <summary>True when the body was refused because it came compressed.</summary>
    public bool IsEncodingUnknown => Status is HttpStatusCode.UnsupportedMediaType;

    /// <summary>True when the credential was refused.</summary>
    public bool IsUnauthorized => Status is HttpStatusCode.Unauthorized;

    public bool IsForbidden => Status is HttpStatusCode.Forbidden;
    public bool IsNotFound => Status is HttpStatusCode.NotFound;

    /// <summary>True when the connection broke while the body was being sent.</summary>
    public bool BrokeWhileSending { get; private init; }

    public bool Succeeded => Status is { } status && (int)status is >= 200 and < 300;

    /// <summary>
    /// True when the same request may succeed later: no answer came, or the server itself reports an internal failure.
    /// A refusal is final.
    /// </summary>
    public bool MayBeRepeated =>
        Cause is not null ? !IsHopeless(Cause) : (int?)Status is >= 500 and not (501 or 505) && Message is not null;

    /// <param name="wasSending">True when a body was being sent that is large enough to be refused for its
    /// size.</param>
    public static Answer None(Exception cause, bool wasSending) =>
        new() { Cause = cause, BrokeWhileSending = wasSending && IsBroken(cause) };

    public static Answer Of(HttpResponseMessage response, byte[] body)
    {
        var answer = new Answer
        {
            Status = response.StatusCode,
            Reason = response.ReasonPhrase ?? "",
            Headers = string.Join(
                ", ",
                response.Headers.Concat(response.Content.Headers).Select(h => $"{h.Key}: {string.Join(",", h.Value)}")
            ),
            MediaType = response.Content.Headers.ContentType?.MediaType,
            Body = body,
            BodyBytesMax = long.TryParse(
                Header("X-Request-Body-Max-Bytes"),
                CultureInfo.InvariantCulture,
                out var bytes
            )
                ? bytes
                : null,
            TakesGzip = Header("Accept-Encoding")?.Contains("gzip", StringComparison.OrdinalIgnoreCase) is true,
        };
        return answer.Succeeded ? answer : answer.WithError();

        string? Header(string name) =>
            response.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
    }

    /// <summary>
    /// The failure as its user reads it: the reason comes first. Scripts look for the line with the status.
    /// </summary>
    public string Describe(string host)
    {
        if (Cause is not null)
            return $"No answer from {host}: {Innermost(Cause).Message}";
        var text = new StringBuilder(Message ?? $"{host} sent an answer that is not from this API: {Excerpt()}").Append(
            $"\n{StatusLine}"
        );
        if (RequestId is not null)
            text.Append($"\nRequest ID: {RequestId}");
        if (ErrorCode is not null)
            text.Append($"\nError Code: {ErrorCode}");
        if (Message is null)
            text.Append($"\nHeaders: {Headers}"); // The headers may tell which proxy answered.
        return text.ToString();
    }

    /// <summary>The failure in one line.</summary>
    public string Brief(string host) =>
        Cause is not null ? Describe(host) : $"{StatusLine}, {(Message ?? Excerpt()).Split('\n')[0]}";

    private string StatusLine => $"Status: {(int)Status!} {Reason}".TrimEnd();

    private Answer WithError()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return this;
            return this with
            {
                Message = Text("message"),
                RequestId = Text("request_id"),
                ErrorCode = Text("error_code"),
            };

            string? Text(string name) =>
                root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return this;
        } // The body comes from a proxy in between, not from an API.
    }

    private string Excerpt()
    {
        const int lengthMax = 500;
        var text = Encoding.UTF8.GetString(Body).Trim();
        return text.Length <= lengthMax ? text : text[..lengthMax] + "…";
    }

    // Failures that a retry does not cure: an invalid certificate, a name that does not exist, a peer that does not
    // speak HTTP.
    private static bool IsHopeless(Exception cause) =>
        cause
            is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.SecureConnectionError,
                    InnerException: AuthenticationException,
                }
                or HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError,
                    InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound },
                }
                or HttpRequestException
                {
                    HttpRequestError: HttpRequestError.InvalidResponse
                        or HttpRequestError.HttpProtocolError
                        or HttpRequestError.VersionNegotiationError
                        or HttpRequestError.UserAuthenticationError
                        or HttpRequestError.ConfigurationLimitExceeded,
                };

    private static bool IsBroken(Exception cause) =>
        Innermost(cause)
            is IOException
                or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
