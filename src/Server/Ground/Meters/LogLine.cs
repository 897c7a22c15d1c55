using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// Formats a log entry as one line: time, level, category and message. Control characters are escaped, so names and
/// addresses that users chose can neither start a line nor move the cursor of the operator's terminal.
/// </summary>
internal sealed class LogLine(TimeProvider time) : ConsoleFormatter(Name)
{
    public new const string Name = "paddock";

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture));
        var number = logEntry.EventId.Id.ToString(CultureInfo.InvariantCulture);
        textWriter.Write($"{LevelOf(logEntry.LogLevel)}: {logEntry.Category}[{number}] ");
        textWriter.Write(Shown(message));
        if (logEntry.Exception is { } exception)
            textWriter.Write(" " + Shown(exception.ToString()));
        textWriter.Write('\n');
    }

    /// <summary>
    /// Escapes a text for one line: line breaks become spaces, and other characters that a terminal acts on become
    /// their codes.
    /// </summary>
    internal static string Shown(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var letter in text.Replace("\r\n", "\n", StringComparison.Ordinal))
        {
            if (letter == '\n')
                shown.Append(' ');
            else if (IsActedOn(letter))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                shown.Append(letter);
        }
        return shown.ToString();
    }

    // Control characters, line and paragraph separators, and characters that reverse the text direction or are
    // invisible.
    private static bool IsActedOn(char letter) =>
        CharUnicodeInfo.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    private static string LevelOf(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
}
