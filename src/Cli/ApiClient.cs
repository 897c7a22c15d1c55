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

/// <summary>How patient and how trusting a client is.</summary>
internal sealed record ApiOptions
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);
    public int Attempts { get; init; } = 35;

    /// <summary>Before the second attempt; doubled before each further one.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(30);
    public bool AnyCertificate { get; init; }

    /// <summary>
    /// Fail on an answer that lacks something of its documented form, instead of showing it as it is.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>Say nothing about retries and versions.</summary>
    public bool Quiet { get; init; }
}

/// <summary>
/// Speaks the v0 API for one command: asks for the server's version first, and repeats what may be repeated.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>The version of the v0 API that this program was written against.</summary>
    public const string ApiVersion = "0.6.12";

    // Connecting has its own, shorter limit; a server that took a request may need its time, but not for ever.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(15);

    // A stream of events has a sign of life now and then.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(60);

    // From where on compression is worth it, and a refusal for the size likely.
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
        // The trace of the CI job around us, as OpenTelemetry hands it to programs; a text of another form is none.
        if (
            Environment.GetEnvironmentVariable("TRACEPARENT") is { } parent
            && ActivityContext.TryParse(parent, traceState: null, out _)
        )
            http.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", parent);
    }

    public Uri Host => new(host);
    public Credential? Credential => credential;

    /// <summary>
    /// Why a CI job got no credential in exchange for its identity; null where it did not ask, or got one.
    /// </summary>
    public string? Untrusted { get; set; }

    /// <summary>Sends this credential from now on, or none.</summary>
    public void Use(Credential? given) => credential = given;

    public ApiOptions Options => options;

    /// <summary>
    /// True when only <c>paddock.toml</c> names the server: that file may have come with somebody else's repository.
    /// </summary>
    public bool IsHostOfFile { get; init; }

    /// <summary>The largest body that the server takes; null where it does not say, or was not asked yet.</summary>
    public long? BodyBytesMax { get; private set; }

    /// <summary>Whether the server is one of ours, which knows what v0 does not.</summary>
    public bool IsPaddock => BodyBytesMax is not null;

    /// <summary>
    /// Carries out one call and prints what came back: JSON with two blanks per level, <c>null</c> for an empty answer.
    /// </summary>
    /// <param name="path">Begins with <c>/v0/</c>; its parts are already escaped.</param>
    /// <param name="shape">What <c>--strict</c> holds the answer to.</param>
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

    /// <exception cref="Failure">The server refused, or could not be reached however often we tried, or its answer has
    /// another form.</exception>
    public async Task<T> SendAsync<T>(
        HttpMethod method,
        string path,
        byte[]? body,
        JsonTypeInfo<T> shape,
        CancellationToken ct
    ) => Read(await SendAsync(method, path, body, ct), shape);

    /// <returns>The body of a successful answer, which is JSON; empty only where something was deleted.</returns>
    /// <exception cref="Failure">The server refused, or could not be reached however often we tried, or its answer is
    /// not JSON.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct)
    {
        await CheckVersionAsync(ct);
        return await CallAsync(method, path, body, ct);
    }

    /// <summary>
    /// Asks once which version the server is; another one than ours is worth a warning, and an explanation if a call
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
                $"warning: the server at {host} speaks version {version} of the API, this program speaks {ApiVersion}."
            );
    }

    /// <summary>Hears server-sent events until there are no more, or the connection breaks or falls silent.</summary>
    /// <param name="heard">Is told the name and the data of each.</param>
    /// <returns>False where this server has none to offer here, so that it is no use to come again.</returns>
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
    /// Sends a file once, as it is: it may be larger than what a request otherwise brings, and cannot be read twice.
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

    /// <summary>Hands on an answer as it comes, which may be longer than the memory.</summary>
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
            throw new Failure($"The server at {host} broke off before the end of its answer: {e.Message}", e);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Sends a request once: for a question whose answer may be missing.</summary>
    public Task<Answer> AskAsync(string path, CancellationToken ct) =>
        AttemptAsync(HttpMethod.Get, path, body: null, ct);

    /// <returns>The server's answer, whatever it is.</returns>
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
                ? "\nThe connection broke while the request was sent. The server may not take a body as large as "
                    + "this one."
            : answer.MayBeRepeated
                ? $"\nGave up after {options.Attempts} {(options.Attempts == 1 ? "attempt" : "attempts")}."
            : "";
        var hint = otherVersion is null
            ? ""
            : $"\nThe server speaks version {otherVersion} of the API and this program {ApiVersion}; that may be why.";
        throw new Failure(answer.Describe(host) + attempts + hint);
    }

    /// <returns>The body of the answer, which is JSON; empty only where something was deleted.</returns>
    /// <exception cref="Failure">The answer is a refusal, or not JSON, or there is none.</exception>
    public byte[] JsonOf(Answer answer, HttpMethod method, string path)
    {
        Succeeded(answer);
        if (answer.IsJson || (answer.IsEmpty && method == HttpMethod.Delete))
            return answer.Body;
        throw new Failure(
            $"The answer of {host} to {method} {path} is not JSON but {answer.Content}. "
                + "Is --host the address of the API, and not of a web page?"
        );
    }

    private async Task<byte[]> CallAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct) =>
        JsonOf(await TryAsync(method, path, body, ct), method, path);

    private string TooLarge(int bytes) =>
        $"The request has {Mebibytes(bytes)} MiB, and the server at {host} takes at most "
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
        // A server that refuses a body for its size can say so before all of it is under way.
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
        // The second: a text of the answer is not Unicode.
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
                Output.Note($"SSL_CLIENT_CERT is ignored: {file} holds no certificate and key in PEM form.");
            }
        }
        return handler;
    }

#pragma warning disable CA5359 // What --insecure-host asks for; nothing else uses it.
    private static readonly RemoteCertificateValidationCallback AcceptAny = (_, _, _, _) => true;
#pragma warning restore CA5359
}
