using System.CommandLine;

namespace Paddock.Cli.Complete;

/// <summary>The words that may stand where somebody has pressed the tabulator.</summary>
internal static class Completions
{
    /// <summary>What a shell asks by, with all words of the command line up to the one that is being written.</summary>
    public const string Word = "__complete";

    /// <param name="words">Without the program's name; the last one is what was written of the word so far, or
    /// nothing.</param>
    public static IEnumerable<string> Of(string[] words)
    {
        if (words.Length == 0)
            words = [""];
        Command at = Root.Build(words[0]);
        Option? open = null;
        foreach (var word in words[..^1])
        {
            if (open is not null)
                open = null; // The value of the option before.
            else if (word.StartsWith('-'))
                open =
                    word.Contains('=', StringComparison.Ordinal) ? null
                    : Find(at, word) is { Arity.MaximumNumberOfValues: > 0 } option ? option
                    : null;
            else if (at.Subcommands.FirstOrDefault(one => one.Name == word || one.Aliases.Contains(word)) is { } below)
                at = below;
            else if (at.Subcommands.Count > 0)
                return []; // No command of ours goes on like this.
        }
        // Values are for the shell: most are names of files, or nothing that we know.
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
