using System.CommandLine;

namespace Paddock.Cli.Complete;

/// <summary>The candidates for the word at which the user pressed Tab.</summary>
internal static class Completions
{
    /// <summary>
    /// The hidden command that a shell runs, with all words of the command line up to the one being written.
    /// </summary>
    public const string Word = "__complete";

    /// <param name="words">The words without the program's name. The last one is the unfinished word, possibly
    /// empty.</param>
    public static IEnumerable<string> Of(string[] words)
    {
        if (words.Length == 0)
            words = [""];
        Command at = Root.Build(words[0]);
        Option? open = null;
        foreach (var word in words[..^1])
        {
            if (open is not null)
                open = null; // The word is the value of the option before it.
            else if (word.StartsWith('-'))
                open =
                    word.Contains('=', StringComparison.Ordinal) ? null
                    : Find(at, word) is { Arity.MaximumNumberOfValues: > 0 } option ? option
                    : null;
            else if (at.Subcommands.FirstOrDefault(one => one.Name == word || one.Aliases.Contains(word)) is { } below)
                at = below;
            else if (at.Subcommands.Count > 0)
                return []; // No command continues like this.
        }
        // Values are left to the shell: most are file names, or nothing that this program knows.
        if (open is not null)
            return [];
        var options = at.Options.Where(option => !option.Hidden).Select(option => option.Name);
        var commands = at.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);
        var candidates = words[^1].StartsWith('-') ? options : commands;
        return candidates
            .Where(one => one.StartsWith(words[^1], StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }

    private static Option? Find(Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));
}
