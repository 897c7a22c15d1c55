using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Paddock.Cli.GitHub;

/// <summary>The outcome of one attempt at a request to GitHub: an answer, or the reason why none came.</summary>
internal sealed record GitHubReply
{
    private const int ShownBytesMax = 4096;
    private const string NotPermitted = "Resource not accessible by integration";

    private GitHubReply() { }

    private int Status { get; init; }
    private string Reason { get; init; } = "";
    private byte[] Body { get; init; } = [];
    private Exception? Cause { get; init; }
    private bool IsRateLimit { get; init; }

    /// <summary>How long GitHub asks to wait before the next attempt; null when GitHub does not say.</summary>
    public TimeSpan? Wait { get; private init; }

    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>
    /// True when the same request may succeed later: no answer came, GitHub itself failed, or the rate limit was hit.
    /// </summary>
    public bool MayBeRepeated => MayBeDone || IsRateLimit;

    /// <summary>True when the request may have been carried out although no success was reported.</summary>
    public bool MayBeDone => Cause is not null || Status >= 500;

    public static GitHubReply None(Exception cause) => new() { Cause = cause };

    public static GitHubReply Of(HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var wait = Asked(response, now);
        return new()
        {
            Status = status,
            Reason = response.ReasonPhrase ?? "",
            Body = body,
            Wait = wait,
            IsRateLimit = status == 429 || (status == 403 && wait is not null), // GitHub's rate limits answer either.
        };
    }

    /// <summary>The JSON of a successful answer.</summary>
    /// <exception cref="GitHubException">The answer is not JSON.</exception>
    public JsonDocument Json(string request)
    {
        try
        {
            return JsonDocument.Parse(Body);
        }
        catch (JsonException e)
        {
            throw new GitHubException($"GitHub's answer to {request} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Why the request did not succeed, in a sentence.</summary>
    /// <param name="token">Is masked, also where the answer repeats it.</param>
    public string Describe(string request, string token)
    {
        if (Cause is not null)
            return $"GitHub did not answer {request}: {Cause.Message}";
        var text = Secrets.Hide(token, Body.AsSpan(0, Math.Min(Body.Length, ShownBytesMax)));
        return text.Contains(NotPermitted, StringComparison.OrdinalIgnoreCase)
            ? $"GitHub refuses this request for the token. Give the job the permissions `pull-requests: write` and "
                + $"`checks: write` ({request})."
            : $"GitHub answered {Status} {Secrets.Hide(token, Reason)} to {request}: {text}";
    }

    // https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    private static TimeSpan? Asked(HttpResponseMessage response, DateTimeOffset now)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - now : null);
        if (
            wait is null
            && Header("x-ratelimit-remaining") == "0"
            && long.TryParse(
                Header("x-ratelimit-reset"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var reset
            )
        )
            wait = TimeSpan.FromSeconds(Math.Clamp(reset - now.ToUnixTimeSeconds(), 0, int.MaxValue));
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;

        string? Header(string name) =>
            response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }
}
