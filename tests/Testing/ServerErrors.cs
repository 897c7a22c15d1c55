using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Paddock.Testing;

/// <summary>Keeps the errors that this process's servers logged, for the message of a test that got a 500.</summary>
internal sealed class ServerErrors : ILoggerProvider, ILogger
{
    private const int KeptMax = 100;

    private static readonly ConcurrentQueue<string> Kept = [];

    /// <summary>
    /// Returns an answer's text, followed by the log entries with the error code that the answer contains.
    /// </summary>
    public static string Explain(string answer) =>
        string.Join('\n', [answer, .. Kept.Where(error => answer.Contains(CodeOf(error), StringComparison.Ordinal))]);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (!IsEnabled(logLevel))
            return;
        var code = state is IEnumerable<KeyValuePair<string, object?>> parts
            ? parts.Select(part => part.Value).OfType<Guid>().FirstOrDefault()
            : default;
        Kept.Enqueue($"{code} {formatter(state, exception)}\n{exception}");
        if (Kept.Count > KeptMax)
            Kept.TryDequeue(out _);
    }

    public void Dispose() { }

    private static string CodeOf(string error) => error[..36]; // The length of a UUID.
}
