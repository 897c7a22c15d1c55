using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Paddock.Testing;

/// <summary>A mail that the server has sent.</summary>
public sealed record SentMail(string To, string Subject, string Body)
{
    /// <summary>The token that the mail contains.</summary>
    public string Token =>
        Body.Split('\n')
            .Select(line => line.Trim())
            .First(line =>
                line.StartsWith("Confirmation Token: ", StringComparison.Ordinal)
                || line.StartsWith("Invite Code: ", StringComparison.Ordinal)
            )
            .Split(' ')[2];
}

/// <summary>
/// Collects the mails that the server writes to its log, and the setup token for its first administrator.
/// </summary>
internal sealed class MailBox : ILoggerProvider
{
    private readonly ConcurrentQueue<SentMail> sent = [];

    public IReadOnlyList<SentMail> Sent => [.. sent];

    public string? SetupToken { get; private set; }

    public ILogger CreateLogger(string categoryName) =>
        categoryName[(categoryName.LastIndexOf('.') + 1)..] switch
        {
            "LogMailer" => new Listener(parts => sent.Enqueue(new(parts["To"], parts["Subject"], parts["Body"]))),
            "FirstAdmin" => new Listener(parts => SetupToken = parts["Token"]),
            _ => NullLogger.Instance,
        };

    public void Dispose() { }

    private sealed class Listener(Action<Dictionary<string, string>> hear) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> parts)
                hear(
                    parts.ToDictionary(part => part.Key, part => part.Value?.ToString() ?? "", StringComparer.Ordinal)
                );
        }
    }
}
