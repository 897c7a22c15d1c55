using System.Text;
using Spectre.Console;

namespace Paddock.Cli;

/// <summary>Standard output where a person looks at it.</summary>
internal static class Terminal
{
    public static bool IsOut => !Console.IsOutputRedirected;

    /// <summary>A console that colours only on a terminal that can, and not where NO_COLOR is set.</summary>
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

    /// <summary>A name from outside without anything that a terminal would take for an order.</summary>
    public static string Plain(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (var c in text)
            plain.Append(char.IsControl(c) ? '\ufffd' : c);
        return plain.ToString();
    }

    /// <summary>How many characters a line on standard error has.</summary>
    public static int ErrorWidth => Console.IsErrorRedirected ? Unbroken : WindowWidth();

    /// <summary>Of the window: how many characters a line has, and how many lines there are.</summary>
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
