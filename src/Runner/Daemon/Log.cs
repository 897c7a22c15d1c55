using System.Globalization;
using Paddock.Core.Names;

namespace Paddock.Runner.Daemon;

/// <summary>What an operator reads: one line for each thing that happened, on standard error.</summary>
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
        catch (IOException) { } // Nobody reads it.
    }
}
