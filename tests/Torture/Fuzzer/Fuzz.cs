using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Paddock.Torture.Fuzzer;

/// <summary>
/// Sends nearly valid requests to every route, and random bytes; no answer may be an internal error of the server.
/// </summary>
internal sealed partial class Fuzz
{
    private const int Workers = 4;
    private const int WorldRequests = 60_000; // Requests until the (by then depleted) world is created anew.
    private const int AnswerBytesMax = 64 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServerProcess server;
    private readonly Findings findings;
    private readonly Known known;
    private readonly ConcurrentDictionary<string, string> failures = new(); // By error code.
    private readonly ConcurrentDictionary<int, int> statuses = new();
    private readonly FuzzWorld world;

    private Fuzz(ServerProcess server, Findings findings, Known known, FuzzWorld world) =>
        (this.server, this.findings, this.known, this.world) = (server, findings, known, world);

    public static async Task<(int Times, string Outcome)> RunAsync(
        Setup setup,
        Findings findings,
        Func<int, bool> goesOn
    )
    {
        var (sent, seed, all) = (0, setup.Seed, new ConcurrentDictionary<int, int>());
        do
        {
            await using var server = await ServerProcess.StartAsync(
                setup.Engine,
                setup.Program,
                durable: false,
                new Dictionary<string, string> { ["PADDOCK_QUERY_TIME_MAX_S"] = "5" }
            );
            var known = new Known();
            var fuzz = new Fuzz(server, findings, known, await FuzzWorld.MakeAsync(server, known));
            sent += await fuzz.SendAsync(seed++, made => made < WorldRequests && goesOn(sent + made));
            await fuzz.ExplainAsync();
            foreach (var (status, times) in fuzz.statuses)
                all.AddOrUpdate(status / 100, times, (_, before) => before + times);
        } while (goesOn(sent));
        var classes = all.OrderBy(pair => pair.Key)
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:N0} x {pair.Key}xx"));
        return (sent, string.Join(", ", classes));
    }

    private async Task<int> SendAsync(int seed, Func<int, bool> goesOn)
    {
        var sent = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        using var http = new HttpClient(
                            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }
                        )
                        {
                            BaseAddress = server.Address,
                            Timeout = Patience,
                        };
                        var nonsense = new Nonsense(seed * Workers + worker, known);
                        while (goesOn(Volatile.Read(ref sent)) && !server.HasEnded)
                        {
                            Interlocked.Increment(ref sent);
                            if (nonsense.OneIn(10))
                                await SendBytesAsync(nonsense);
                            else
                                await SendRequestAsync(http, nonsense);
                        }
                    })
                )
        );
        if (server.HasEnded)
        {
            var log = await server.LogAsync();
            findings.Add($"the server ended: {log[Math.Max(0, log.Length - 2000)..]}");
        }
        return sent;
    }

    private async Task SendRequestAsync(HttpClient http, Nonsense nonsense)
    {
        var route = nonsense.Any(world.Routes);
        var path = route.Fill(name => Uri.EscapeDataString(Nonsense.Whole(nonsense.Text(name))));
        var query = string.Join(
            '&',
            route
                .Query.Concat(nonsense.OneIn(10) ? [nonsense.Text("name")] : [])
                .Where(_ => nonsense.OneIn(2))
                .Select(name =>
                    Uri.EscapeDataString(Nonsense.Whole(name))
                    + "="
                    + Uri.EscapeDataString(Nonsense.Whole(nonsense.Text(name)))
                )
        );
        using var request = new HttpRequestMessage(
            new HttpMethod(
                nonsense.OneIn(60) ? nonsense.Any(["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) : route.Method
            ),
            query.Length == 0 ? path : $"{path}?{query}"
        );
        AddHeaders(request, nonsense);
        if (route.Method is "POST" or "PUT" or "PATCH" && !nonsense.OneIn(20))
            request.Content = Content(route, nonsense);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await NoteAsync(route, request, answer);
        }
        catch (HttpRequestException) { } // The connection was cut off, as a server may do when it is sent too much.
        catch (IOException) { }
        catch (TaskCanceledException)
        {
            findings.Add($"{route.Method} {route.Path} got no answer within {Patience}: {request.RequestUri}");
        }
        catch (Exception e) when (e is UriFormatException or InvalidOperationException or FormatException) { }
    }

    private void AddHeaders(HttpRequestMessage request, Nonsense nonsense)
    {
        void Add(string name, string value)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        if (nonsense.Any(world.Credentials) is { } credential)
            Add("Authorization", credential);
        if (world.Cookies.Count > 0 && nonsense.OneIn(2))
        {
            request.Headers.Authorization = null;
            Add("Cookie", nonsense.OneIn(20) ? nonsense.Text("cookie") : string.Join("; ", world.Cookies));
            Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        }
        string[] names =
        [
            "Accept",
            "Accept-Encoding",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "Content-Range",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "Last-Event-ID",
            "traceparent",
            "Expect-CT",
            "Origin",
            "Paddock-Slot",
            "Upgrade",
        ];
        while (nonsense.OneIn(4))
            Add(nonsense.Any(names), nonsense.Text("header").Replace('\n', ' ').Replace('\r', ' '));
    }

    private HttpContent Content(FuzzRoute route, Nonsense nonsense)
    {
        if (route.Operation is null && route.Path != "/mcp")
            return new StringContent(
                Form(route, nonsense),
                new MediaTypeHeaderValue("application/x-www-form-urlencoded")
            );
        byte[] bytes =
            route.Body is null && nonsense.OneIn(2)
                ? Encoding.UTF8.GetBytes(Nonsense.Whole(nonsense.Text("body")))
                : JsonSerializer.SerializeToUtf8Bytes(nonsense.Of(route.Body, world.Document));
        if (nonsense.OneIn(8))
            bytes = nonsense.Garbled(bytes);
        var type = nonsense.OneIn(15)
            ? nonsense.Any(["text/plain", "application/octet-stream", "application/json; charset=utf-16", "x", "*/*"])
            : "application/json";
        var encoding = nonsense.OneIn(20) ? nonsense.Any(["gzip", "br", "zstd", "deflate", "identity", "x"]) : null;
        if (encoding == "gzip" && nonsense.OneIn(2))
            bytes = Zipped(bytes);
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return content;
    }

    // The field names come from forms in earlier answers.
    private string Form(FuzzRoute route, Nonsense nonsense)
    {
        var fields = new List<string>();
        for (var i = nonsense.Random.Next(8); i > 0; i--)
        {
            var name =
                known.Of("field of " + route.Path, nonsense.Random) is { } given && !nonsense.OneIn(5)
                    ? given
                    : known.Of("field", nonsense.Random) ?? "name";
            fields.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(Nonsense.Whole(nonsense.Text(name)))}");
        }
        var form = string.Join('&', fields);
        return nonsense.OneIn(12) ? Encoding.Latin1.GetString(nonsense.Garbled(Encoding.UTF8.GetBytes(form))) : form;
    }

    private async Task NoteAsync(FuzzRoute route, HttpRequestMessage request, HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        statuses.AddOrUpdate(status, 1, (_, before) => before + 1);
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (type == "text/event-stream")
            return;
        var text = await ReadAsync(answer);
        if (status >= 500 && status is not (503 or 501))
            await FailedAsync(route, request, status, text);
        if (status is >= 200 and < 300 && type == "application/json" && text.Length < AnswerBytesMax)
            try
            {
                known.Harvest(route.Noun, JsonNode.Parse(text));
            }
            catch (JsonException)
            {
                findings.Add(
                    $"{route.Method} {route.Path} answered {status} and no JSON: {text[..Math.Min(200, text.Length)]}"
                );
            }
        else if (status == 200 && type == "text/html")
            foreach (Match field in Field.Matches(text))
            foreach (var place in (string[])["field", "field of " + route.Path])
                known.Add(place, WebUtility.HtmlDecode(field.Groups[1].Value));
    }

    private async Task FailedAsync(FuzzRoute route, HttpRequestMessage request, int status, string text)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync();
        var sample =
            $"{request.Method} {request.RequestUri} "
            + $"{string.Join(' ', request.Headers.NonValidated.Select(h => $"{h.Key}={h.Value}"))} "
            + (body.Length > 800 ? body[..800] : body);
        var code = Code.Match(text) is { Success: true } match ? match.Groups[1].Value : "";
        failures.TryAdd($"{code}|{Guid.NewGuid()}", $"{route.Method} {route.Path} answered {status}: {sample}");
    }

    private static async Task<string> ReadAsync(HttpResponseMessage answer)
    {
        using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[AnswerBytesMax];
        using var patience = new CancellationTokenSource(Patience);
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private async Task SendBytesAsync(Nonsense nonsense)
    {
        var route = nonsense.Any(world.Routes);
        var body = route.Body is null ? "" : nonsense.Of(route.Body, world.Document)?.ToJsonString() ?? "null";
        var credential = nonsense.Any(world.Credentials) is { } one ? $"Authorization: {one}\r\n" : "";
        var path = route.Fill(nonsense.Text);
        var text =
            $"{route.Method} {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n{credential}"
            + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
            + $"Connection: close\r\n\r\n{body}";
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!nonsense.OneIn(5))
            bytes = nonsense.Garbled(bytes);
        try
        {
            using var socket = new TcpClient { SendTimeout = 2000, ReceiveTimeout = 2000 };
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(bytes);
            socket.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[256];
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            var read = await stream.ReadAsync(buffer, patience.Token);
            var answer = Encoding.Latin1.GetString(buffer, 0, read);
            if (answer.Length < 12 || !int.TryParse(answer[9..12], CultureInfo.InvariantCulture, out var status))
                return;
            statuses.AddOrUpdate(status, 1, (_, before) => before + 1);
            if (status >= 500 && status is not (501 or 503 or 505))
                failures.TryAdd(
                    $"|{Guid.NewGuid()}",
                    $"{route.Method} {route.Path} answered {status} to bytes: "
                        + Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 1000)))
                );
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException) { }
    }

    // Looks up each failure in the log: failures of one kind have the same exception at the same place.
    private async Task ExplainAsync()
    {
        foreach (var problem in await server.IntegrityAsync())
            findings.Add($"THE DATABASE after nonsense: {problem}");
        if (!server.HasEnded)
            server.Kill();
        var lines = (await server.LogAsync()).Split('\n');
        foreach (var (key, failure) in failures)
        {
            var code = key.Split('|')[0];
            var line =
                code.Length == 0 ? null : Array.Find(lines, text => text.Contains(code, StringComparison.Ordinal));
            var cause = line is null
                ? "the log does not name it"
                : line[(line.IndexOf(code, StringComparison.Ordinal) + code.Length)..];
            findings.Add($"{cause[..Math.Min(cause.Length, 700)]} <- {failure}", failure.Split(" answered ")[0]);
        }
    }

    private static byte[] Zipped(byte[] bytes)
    {
        using var into = new MemoryStream();
        using (var zip = new GZipStream(into, CompressionLevel.Fastest))
            zip.Write(bytes);
        return into.ToArray();
    }

    [GeneratedRegex("\"(?:code|error_code)\":\"([0-9a-f-]{36})\"")]
    private static partial Regex Code { get; }

    [GeneratedRegex("<(?:input|select|textarea)[^>]* name=\"([^\"]+)\"")]
    private static partial Regex Field { get; }
}
