using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// A line of the server's log: time, level, where it comes from, and the message. One entry is one line: what stands in
/// names and addresses that somebody else chose can neither begin a line of its own nor move the operator's cursor,
/// since control characters are shown and not sent.
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

    /// <summary>The text on one line: line breaks as blanks, other characters that a terminal acts on by their
    /// numbers.</summary>
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

    // Control characters, line and paragraph separators, and what reverses the direction of writing or is not seen at
    // all.
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
