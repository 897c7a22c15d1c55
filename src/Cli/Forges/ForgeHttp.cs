using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Paddock.Cli.Forges;

/// <summary>
/// Sends requests to a forge's API. Retries when no answer came, the forge failed, or it limits the rate. All waits are
/// bounded.
/// </summary>
internal sealed class ForgeHttp : IDisposable
{
    private const int AttemptsMax = 5;
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(2);

    private const int BytesMax = 32 << 20;

    // Redirects are not followed: they could send the token to another server.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(60),
        MaxResponseContentBufferSize = BytesMax,
    };
    private readonly string name;
    private readonly string api;
    private readonly string token;
    private readonly ApiOptions patience;
    private readonly Action<string> note;

    /// <param name="header">The name and the value of the header that carries the token.</param>
    public ForgeHttp(string name, Uri api, (string Name, string Value) header, ApiOptions patience, Action<string> note)
    {
        (this.name, this.api, this.patience, this.note) = (name, api.AbsoluteUri.TrimEnd('/'), patience, note);
        token = header.Value[(header.Value.LastIndexOf(' ') + 1)..];
        if (header.Value.Any(c => c is < ' ' or > '~'))
            throw new Failure(
                "The token of --forge-token contains a line break or another character that is not allowed in a token. "
                    + "Check how the secret was stored."
            );
        http.DefaultRequestHeaders.Add(header.Name, header.Value);
        http.DefaultRequestHeaders.UserAgent.Add(
            new("paddock", typeof(ForgeHttp).Assembly.GetName().Version?.ToString(3))
        );
        http.DefaultRequestHeaders.Accept.Add(new("application/json"));
    }

    /// <exception cref="ForgeException">The request did not succeed.</exception>
    public async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        Action<Utf8JsonWriter>? body,
        CancellationToken ct
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, problem) = await AttemptAsync(method, path, body, ct);
            if (problem is null)
                return answer;
            var wait = problem.Wait ?? Retries.Wait(patience, attempt - 1);
            // Without an answer the comment may exist all the same. The next run finds it by its tag, and a duplicate
            // does no harm.
            if (!problem.MayBeRepeated || attempt >= Math.Min(patience.Attempts, AttemptsMax) || wait > WaitMax)
                throw new ForgeException(problem.Sentence, problem.Status, problem.Cause);
            note(
                $"{problem.Sentence} Trying again in {wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s."
            );
            await Task.Delay(wait, ct);
        }
    }

    public void Dispose() => http.Dispose();

    private sealed record Problem(string Sentence, int Status, bool MayBeRepeated, TimeSpan? Wait, Exception? Cause);

    private async Task<(JsonElement Answer, Problem? Problem)> AttemptAsync(
        HttpMethod method,
        string path,
        Action<Utf8JsonWriter>? body,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, api + path);
        if (body is not null)
            request.Content = new ByteArrayContent(Bytes(body))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        try
        {
            using var response = await http.SendAsync(request, ct);
            // Read as bytes, because the answer may name an encoding that does not exist.
            var bytes = await response.Content.ReadAsByteArrayAsync(ct);
            var status = (int)response.StatusCode;
            if (status is >= 200 and < 300)
            {
                if (bytes.Length == 0)
                    return default;
                using var json = JsonDocument.Parse(bytes);
                return (json.RootElement.Clone(), null);
            }
            var wait = response.Headers.RetryAfter?.Delta
                ?? (response.Headers.RetryAfter?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);
            return (
                default,
                new(
                    status is >= 300 and < 400
                        ? $"{name} answered {status} to {method} {path}, which redirects to another address "
                            + $"({Secrets.Hide(token, $"{response.Headers.Location}")}). The token is not sent there. "
                            + "Check the forge's address."
                        : $"{name} answered {status} to {method} {path}: {Shorten(Secrets.Hide(token, bytes))}",
                    status,
                    status == 429 || status >= 500,
                    wait < TimeSpan.Zero ? TimeSpan.Zero : wait,
                    null
                )
            );
        }
        catch (JsonException e)
        {
            return (default, new($"{name}'s answer to {method} {path} is not JSON.", 0, MayBeRepeated: false, null, e));
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return (
                default,
                new($"{name} did not answer {method} {path}: {e.Message}", 0, MayBeRepeated: true, null, e)
            );
        }
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static string Shorten(string text) => text.Length <= 500 ? text : text[..500] + "…";

    /// <summary>The text, shortened to at most so many characters.</summary>
    public static string Line(string text, int charsMax) =>
        text.Length <= charsMax ? text : text[..(charsMax - 1)] + "…";

    /// <summary>A property's value as text; null when it is absent, whatever form the answer has.</summary>
    public static string? Text(JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
            if (!TryGet(json, part, out json))
                return null;
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString(),
                JsonValueKind.Number => json.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return null;
        } // The text is not valid Unicode.
    }

    /// <summary>Gets a property of an answer, whatever form the answer has.</summary>
    public static bool TryGet(JsonElement json, string property, out JsonElement value)
    {
        value = default;
        try
        {
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(property, out value);
        }
        catch (InvalidOperationException)
        {
            return false;
        } // A property's name is not valid Unicode.
    }

    public static IEnumerable<JsonElement> Items(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : [];
}
