using System.Globalization;
using Paddock.Core.Names;

namespace Paddock.Runner.Daemon;

/// <summary>The operator's log: one line for each event, on standard error.</summary>
internal static class Log
{
    private static readonly TextWriter Error = TextWriter.Synchronized(
        new StreamWriter(Console.OpenStandardError()) { AutoFlush = true }
    );

    public static void Line(string text)
    {
        try
        {
            Error.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ} {ControlCharacters.ShowInLine(text)}"
                )
            );
        }
        catch (IOException) { } // Standard error is closed.
    }
}
