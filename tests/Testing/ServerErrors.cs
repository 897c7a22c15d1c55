using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Paddock.Testing;

/// <summary>What the servers of this process logged as errors: for the message of a test that got a 500.</summary>
internal sealed class ServerErrors : ILoggerProvider, ILogger
{
    private const int KeptMax = 100;

    private static readonly ConcurrentQueue<string> Kept = [];

    /// <summary>
    /// An answer's text, and below it what a server's log says under the error code that stands in it.
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

    private static string CodeOf(string error) => error[..36]; // A UUID's letters.
}
