using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Paddock.Torture;

/// <summary>
/// A client that retries until the answer is definite, like a program whose server may be down. It retries without a
/// connection, on 503 with Retry-After, and on the statuses that the present fault allows.
/// </summary>
internal sealed class Line(Uri address, string? token, Findings findings) : IDisposable
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly HttpClient http = new(
        new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) }
    )
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(60),
        DefaultRequestHeaders =
        {
            Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token),
        },
    };

    /// <summary>Statuses, besides 503, that the client retries during the present fault.</summary>
    public IReadOnlySet<int> Allowed { get; set; } = new HashSet<int>();

    /// <summary>How many answers reported a temporary failure.</summary>
    public int Away { get; private set; }

    /// <summary>The number of all answers.</summary>
    public int Answers { get; private set; }

    /// <summary>Retries until the answer has one of these statuses.</summary>
    /// <returns>The answer; null after any other answer, which is a finding.</returns>
    public async Task<Reply?> UntilAsync(HttpMethod method, string path, object? body, params int[] expected)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            if (await TryAsync(method, path, body) is { } reply)
            {
                if (expected.Contains(reply.Status))
                    return reply;
                if (!IsLater(reply))
                {
                    findings.Add($"{reply.Request} answered {reply.Status}: {Shortened(reply.Text)}");
                    return null;
                }
                Away++;
            }
            await Task.Delay(AgainAfter);
        }
        findings.Add($"{method} {path} got no answer within {Patience}");
        return null;
    }

    /// <summary>Sends one request.</summary>
    /// <returns>Null if no answer came.</returns>
    public async Task<Reply?> TryAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        try
        {
            using var response = await http.SendAsync(request);
            var reply = new Reply(
                $"{method} {path}",
                (int)response.StatusCode,
                await response.Content.ReadAsStringAsync(),
                response.Headers
            );
            Answers++;
            return reply;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    public void Dispose() => http.Dispose();

    private bool IsLater(Reply reply) =>
        (reply.Status == 503 && reply.Headers.RetryAfter is not null)
        || Allowed.Contains(reply.Status)
        || (reply.Status == 409 && reply.Text.Contains("idempotency_key", StringComparison.Ordinal));

    private static string Shortened(string text) => text.Length > 300 ? text[..300] + "…" : text;
}
