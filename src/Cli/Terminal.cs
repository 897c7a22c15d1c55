using System.Text;
using Spectre.Console;

namespace Paddock.Cli;

/// <summary>Standard output when it is a terminal.</summary>
internal static class Terminal
{
    public static bool IsOut => !Console.IsOutputRedirected;

    /// <summary>
    /// Opens a console that uses color only on a terminal that supports it, and not when NO_COLOR is set.
    /// </summary>
    public static IAnsiConsole Open()
    {
        var isPlain = !IsOut || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        var console = AnsiConsole.Create(
            new()
            {
                Out = new AnsiConsoleOutput(Output.Out),
                Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Yes,
                ColorSystem =
                    isPlain || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
                        ? ColorSystemSupport.NoColors
                        : ColorSystemSupport.Standard,
                Interactive = InteractionSupport.No,
            }
        );
        console.Profile.Width = Width();
        return console;
    }

    public static Table Table() => new() { Border = IsOut ? TableBorder.Rounded : TableBorder.Markdown };

    /// <summary>A name from outside without the control characters that a terminal would obey.</summary>
    public static string Plain(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (var c in text)
            plain.Append(char.IsControl(c) ? '\ufffd' : c);
        return plain.ToString();
    }

    /// <summary>The number of columns of standard error.</summary>
    public static int ErrorWidth => Console.IsErrorRedirected ? Unbroken : WindowWidth();

    /// <summary>The window's size: the characters per line, and the lines.</summary>
    public static (int Width, int Height) Window()
    {
        const int otherwise = 24,
            least = 5;
        try
        {
            return (WindowWidth(), Math.Max(least, Console.WindowHeight));
        }
        catch (IOException)
        {
            return (WindowWidth(), otherwise);
        }
    }

    private const int Unbroken = 100_000;

    private static int Width() => IsOut ? WindowWidth() : Unbroken;

    private static int WindowWidth()
    {
        const int otherwise = 100,
            least = 40;
        try
        {
            return Math.Max(least, Console.WindowWidth);
        }
        catch (IOException)
        {
            return otherwise;
        }
    }
}
