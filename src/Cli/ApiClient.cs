using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Paddock.Cli;

/// <summary>
/// Calls the v0 API for one command: asks for the server's version first, and retries requests that may be repeated.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>The version of the v0 API that this program was written against.</summary>
    public const string ApiVersion = "0.6.12";

    // Connecting has its own, shorter timeout. A server that accepted a request may be slow, but not forever.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(15);

    // Event streams carry keep-alives; a longer silence means a dead connection.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(60);

    // The sizes from which compression pays off, and from which the server is likely to refuse a body.
    private const int ZippedBytesMin = 1400,
        LargeBytesMin = 1 << 20;

    private readonly string host;
    private Credential? credential;
    private readonly ApiOptions options;
    private readonly HttpClient http;
    private string? otherVersion;
    private bool versionKnown;
    private bool takesGzip;

    public ApiClient(Uri host, Credential? credential, ApiOptions options)
    {
        (this.host, this.credential, this.options) = (host.AbsoluteUri.TrimEnd('/'), credential, options);
        http = new(Connection(options)) { Timeout = AnswerMax };
        http.DefaultRequestHeaders.UserAgent.Add(
            new("paddock", typeof(ApiClient).Assembly.GetName().Version?.ToString(3))
        );
        // The trace of the surrounding CI job, passed on as OpenTelemetry defines it. A malformed value is ignored.
        if (
            Environment.GetEnvironmentVariable("TRACEPARENT") is { } parent
            && ActivityContext.TryParse(parent, traceState: null, out _)
        )
            http.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", parent);
    }

    public Uri Host => new(host);
    public Credential? Credential => credential;

    /// <summary>
    /// Why a CI job got no credential in exchange for its identity; null when it did not ask for one, or got one.
    /// </summary>
    public string? Untrusted { get; set; }

    /// <summary>Sends this credential from now on; null for none.</summary>
    public void Use(Credential? given) => credential = given;

    public ApiOptions Options => options;

    /// <summary>
    /// True when only <c>paddock.toml</c> names the server. That file may have come with somebody else's repository.
    /// </summary>
    public bool IsHostOfFile { get; init; }

    /// <summary>
    /// The largest body that the server takes; null when the server does not say, or was not asked yet.
    /// </summary>
    public long? BodyBytesMax { get; private set; }

    /// <summary>True when the server is Paddock, which has more than the v0 API.</summary>
    public bool IsPaddock => BodyBytesMax is not null;

    /// <summary>
    /// Sends one request and prints the answer: JSON indented by two spaces, <c>null</c> for an empty answer.
    /// </summary>
    /// <param name="path">Begins with <c>/v0/</c>; its parts are already escaped.</param>
    /// <param name="shape">The type that <c>--strict</c> checks the answer against.</param>
    public async Task<int> PrintAsync(
        HttpMethod method,
        string path,
        byte[]? body,
        JsonTypeInfo? shape,
        CancellationToken ct
    )
    {
        var answer = await SendAsync(method, path, body, ct);
        if (answer.Length == 0)
            Output.Line("null");
        else
        {
            if (options.Strict && shape is not null)
                Read(answer, shape, Body.Strict);
            Output.Json(answer);
        }
        return Exit.Success;
    }

    /// <exception cref="Failure">The server refused, could not be reached in all attempts, or its answer has another
    /// form.</exception>
    public async Task<T> SendAsync<T>(
        HttpMethod method,
        string path,
        byte[]? body,
        JsonTypeInfo<T> shape,
        CancellationToken ct
    ) => Read(await SendAsync(method, path, body, ct), shape);

    /// <returns>The body of a successful answer, which is JSON; empty only after a delete.</returns>
    /// <exception cref="Failure">The server refused, could not be reached in all attempts, or its answer is not
    /// JSON.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct)
    {
        await CheckVersionAsync(ct);
        return await CallAsync(method, path, body, ct);
    }

    /// <summary>
    /// Asks once for the server's version. A different version is worth a warning, and an explanation when a call
    /// fails.
    /// </summary>
    public async Task CheckVersionAsync(CancellationToken ct)
    {
        if (versionKnown)
            return;
        const string path = "/v0/server/version";
        var said = await Retries.RunAsync(options, host, token => AskAsync(path, token), ct);
        (BodyBytesMax, takesGzip) = (said.BodyBytesMax, said.TakesGzip);
        using var answer = JsonDocument.Parse(JsonOf(said, HttpMethod.Get, path), Answer.Deep);
        var version =
            answer.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("version", out var text)
                ? text.ToString()
                : "unknown";
        versionKnown = true;
        if (version == ApiVersion)
            return;
        otherVersion = version;
        if (!options.Quiet)
            Output.Note(
                $"warning: the server at {host} has version {version} of the API; this program expects {ApiVersion}."
            );
    }

    /// <summary>
    /// Reads server-sent events until the stream ends, the connection breaks or the server falls silent.
    /// </summary>
    /// <param name="heard">Receives the name and the data of each event.</param>
    /// <returns>False when this server has no events here, so the caller need not connect again.</returns>
    public async Task<bool> ListenAsync(string path, Action<string, string> heard, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, host + path);
        request.Headers.Accept.Add(new("text/event-stream"));
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Value);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            silence.CancelAfter(SilenceMax);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            if (!response.IsSuccessStatusCode)
                return (int)response.StatusCode >= 500;
            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                return false;
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(silence.Token));
            var (name, data) = ("message", new List<string>());
            while (await lines.ReadLineAsync(silence.Token) is { } line)
            {
                silence.CancelAfter(SilenceMax);
                if (line.StartsWith("event:", StringComparison.Ordinal))
                    name = line["event:".Length..].Trim();
                else if (line.StartsWith("data:", StringComparison.Ordinal))
                    data.Add(line["data:".Length..].TrimStart());
                else if (line.Length == 0)
                {
                    if (data.Count > 0)
                        heard(name, string.Join('\n', data));
                    (name, data) = ("message", []);
                }
            }
            return true;
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return true;
        }
    }

    /// <summary>
    /// Sends a file once and uncompressed: it may be larger than other requests are, and cannot be read twice.
    /// </summary>
    /// <exception cref="Failure">The server refused, or could not be reached.</exception>
    public async Task<T> UploadAsync<T>(string path, Stream file, JsonTypeInfo<T> shape, CancellationToken ct)
    {
        await CheckVersionAsync(ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, host + path) { Content = new StreamContent(file) };
        request.Content.Headers.ContentType = new("application/octet-stream");
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Value);
        Answer answer;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            answer = Answer.Of(response, await response.Content.ReadAsByteArrayAsync(ct));
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            answer = Answer.None(e, wasSending: true);
        }
        return Read(JsonOf(answer, HttpMethod.Post, path), shape);
    }

    /// <summary>Copies an answer to a stream as it arrives, since it may be larger than the memory.</summary>
    /// <exception cref="Failure">The server refused, could not be reached, or broke off before the end.</exception>
    public async Task DownloadAsync(string path, Stream into, CancellationToken ct)
    {
        await CheckVersionAsync(ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, host + path);
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Value);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (!response.IsSuccessStatusCode)
                JsonOf(Answer.Of(response, await response.Content.ReadAsByteArrayAsync(ct)), HttpMethod.Get, path);
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            await body.CopyToAsync(into, ct);
        }
        catch (Exception e)
            when (e is HttpRequestException or HttpIOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new Failure($"The connection to {host} ended before the answer was complete: {e.Message}", e);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Sends a request once: for questions that may stay unanswered.</summary>
    public Task<Answer> AskAsync(string path, CancellationToken ct) =>
        AttemptAsync(HttpMethod.Get, path, body: null, ct);

    /// <returns>The server's answer, also when it is a refusal.</returns>
    public async Task<Answer> TryAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct)
    {
        await CheckVersionAsync(ct);
        if (body is not null && body.Length > BodyBytesMax)
            throw new Failure(TooLarge(body.Length));
        return await Retries.RunAsync(options, host, token => AttemptAsync(method, path, body, token), ct);
    }

    /// <exception cref="Failure">The answer is a refusal, or there is none.</exception>
    public Answer Succeeded(Answer answer)
    {
        if (answer.Succeeded)
            return answer;
        var attempts =
            answer.BrokeWhileSending
                ? "\nThe connection broke while the request was sent. The server may not accept a body as "
                    + "large as this one."
            : answer.MayBeRepeated
                ? $"\nGave up after {options.Attempts} {(options.Attempts == 1 ? "attempt" : "attempts")}."
            : "";
        var hint = otherVersion is null
            ? ""
            : $"\nPossible cause: the server has version {otherVersion} of the API; this program expects {ApiVersion}.";
        throw new Failure(answer.Describe(host) + attempts + hint);
    }

    /// <returns>The body of the answer, which is JSON; empty only after a delete.</returns>
    /// <exception cref="Failure">The answer is a refusal, or not JSON, or there is none.</exception>
    public byte[] JsonOf(Answer answer, HttpMethod method, string path)
    {
        Succeeded(answer);
        if (answer.IsJson || (answer.IsEmpty && method == HttpMethod.Delete))
            return answer.Body;
        throw new Failure(
            $"The answer of {host} to {method} {path} is not JSON but {answer.Content}. "
                + "Check that --host is the address of the API, and not of a web page."
        );
    }

    private async Task<byte[]> CallAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct) =>
        JsonOf(await TryAsync(method, path, body, ct), method, path);

    private string TooLarge(int bytes) =>
        $"The request has {Mebibytes(bytes)} MiB, and the server at {host} accepts at most "
        + $"{Mebibytes(BodyBytesMax!.Value)} MiB"
        + " (its PADDOCK_REQUEST_BODY_MAX_BYTES). Nothing was sent.";

    private static string Mebibytes(long bytes) =>
        (bytes / (double)(1 << 20)).ToString("0.0", CultureInfo.InvariantCulture);

    private async Task<Answer> AttemptAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, host + path);
        if (credential is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Value);
        if (body is not null)
            request.Content = Content(body);
        // Expect: 100-continue lets a server refuse a body for its size before all of it is sent.
        var isLarge = body?.Length >= LargeBytesMin;
        if (isLarge && !IsPaddock)
            request.Headers.ExpectContinue = true;
        try
        {
            using var response = await http.SendAsync(request, ct);
            var answer = Answer.Of(response, await response.Content.ReadAsByteArrayAsync(ct));
            if (!answer.IsEncodingUnknown || !takesGzip)
                return answer;
            takesGzip = false;
            return await AttemptAsync(method, path, body, ct);
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return Answer.None(e, wasSending: isLarge);
        }
    }

    private ByteArrayContent Content(byte[] body)
    {
        var isZipped = takesGzip && body.Length >= ZippedBytesMin;
        var content = new ByteArrayContent(isZipped ? Zip(body) : body)
        {
            Headers = { ContentType = new("application/json") },
        };
        if (isZipped)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    private static byte[] Zip(byte[] body)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(body);
        return zipped.ToArray();
    }

    /// <exception cref="Failure">The answer has another form.</exception>
    public static T Read<T>(byte[] answer, JsonTypeInfo<T> shape) => (T)Read(answer, shape, Body.Lenient);

    private static object Read(byte[] answer, JsonTypeInfo shape, JsonSerializerOptions form)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, form.GetTypeInfo(shape.Type))
                ?? throw new Failure("The server's answer is null where a value was expected.");
        }
        // InvalidOperationException: a string in the answer is not valid Unicode.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new Failure($"The server's answer does not have the expected form: {e.Message}", e);
        }
    }

    private static SocketsHttpHandler Connection(ApiOptions options)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = options.ConnectTimeout };
        if (options.AnyCertificate)
            handler.SslOptions.RemoteCertificateValidationCallback = AcceptAny;
        if (Environment.GetEnvironmentVariable("SSL_CLIENT_CERT") is { Length: > 0 } file)
        {
            try
            {
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(file)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Output.Note($"SSL_CLIENT_CERT is ignored: {file} does not contain a certificate and key in PEM form.");
            }
        }
        return handler;
    }

#pragma warning disable CA5359 // --insecure-host asks for this; nothing else uses it.
    private static readonly RemoteCertificateValidationCallback AcceptAny = (_, _, _, _) => true;
#pragma warning restore CA5359
}
