using System.CommandLine;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>A command line, split into commands, options and values with the help of the command tree.</summary>
/// <param name="Tokens">The input for System.CommandLine: each value is one marked token (<see cref="Given"/>).</param>
/// <param name="Refusals">Why the command line is wrong; empty when its form is right.</param>
internal sealed record SplitLine(string[] Tokens, IReadOnlyList<string> Refusals);

/// <summary>
/// Decides for each word of a command line whether it is a command, an option or a value. Everything from the first
/// word of a benchmark command on is a value; so are the text after an equals sign and everything after <c>--</c>.
/// </summary>
internal sealed class SplitArguments
{
    public const string Help = "help";
    private const string HelpOption = "--help",
        EndOfOptions = "--";
    private readonly string[] args;
    private readonly List<Command> path;
    private readonly List<string> tokens = [];
    private readonly List<string> refusals = [];
    private int next;
    private bool helpWord;

    private SplitArguments(RootCommand root, string[] args) => (path, this.args) = ([root], args);

    private Command At => path[^1];

    public static SplitLine Of(RootCommand root, string[] args)
    {
        var split = new SplitArguments(root, args);
        split.Read();
        return new([.. split.tokens], split.refusals);
    }

    private void Read()
    {
        while (next < args.Length && tokens is not [.., HelpOption]) // Words after --help do not matter.
        {
            var word = args[next++];
            if (word == EndOfOptions)
                break;
            if (word is ['-', _, ..])
                ReadOption(word);
            else if (At.Subcommands.Count > 0 || helpWord)
                ReadCommand(word);
            else
            {
                tokens.Add(Given.Marked(word));
                if (At.Arguments.Any(a => a.CaptureRemainingTokens))
                    break;
            }
        }
        if (helpWord || tokens is [.., HelpOption])
        {
            tokens.Clear();
            tokens.AddRange([.. path.Skip(1).Select(c => c.Name), HelpOption]);
        }
        else
        {
            tokens.AddRange(args[next..].Select(Given.Marked));
            if (path is [_, { Name: "run" }])
                AddSettings();
        }
    }

    // Settings come before all values, because everything from the benchmark command's first word on belongs to that
    // command.
    private void AddSettings()
    {
        var given = tokens.Where(token => token.StartsWith(EndOfOptions, StringComparison.Ordinal)).ToHashSet();
        try
        {
            var beside = SettingsFile.OptionsBeside(given);
            tokens.InsertRange(
                1,
                beside.SelectMany(one =>
                    one.Value is null ? (string[])[one.Option] : [one.Option, Given.Marked(one.Value)]
                )
            );
        }
        catch (Failure e)
        {
            refusals.Add(e.Message);
        }
    }

    private void ReadCommand(string word)
    {
        if (At.Subcommands.FirstOrDefault(c => c.Name == word || c.Aliases.Contains(word)) is { } command)
        {
            path.Add(command);
            tokens.Add(command.Name);
        }
        else if (word == Help && !helpWord)
            helpWord = true; // `help run` is `run --help`.
        else
            refusals.Add(
                $"{Text.Quote(word)} is not a command of "
                    + $"`{Name}`.{Suggestion.For(word, At.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}"
            );
    }

    private void ReadOption(string word)
    {
        if (!word.StartsWith(EndOfOptions, StringComparison.Ordinal))
            ReadShort(word);
        else
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            if (Find(name) is { } option)
                ReadValue(option, name, equals < 0 ? null : word[(equals + 1)..]);
            else
                refusals.Add(Unknown(name));
        }
    }

    /// <summary>Reads a word with one or several short flags; none of them takes a value.</summary>
    private void ReadShort(string word)
    {
        for (var i = 1; i < word.Length; i++)
        {
            var name = $"-{word[i]}";
            if (Find(name) is not { } option)
            {
                refusals.Add(Unknown(i == 1 ? word.Split('=')[0] : name));
                return;
            }
            var hasValue = i + 1 < word.Length && word[i + 1] == '=';
            ReadValue(option, name, hasValue ? word[(i + 2)..] : null);
            if (hasValue)
                return;
        }
    }

    /// <param name="given">The text after the equals sign; null when the word has no equals sign.</param>
    private void ReadValue(Option option, string name, string? given)
    {
        tokens.Add(option.Name);
        if (option.Arity.MaximumNumberOfValues == 0)
        {
            if (given is not null)
                refusals.Add($"{name} takes no value, but {Text.Quote(given)} was given.");
        }
        else if (given is not null)
            tokens.Add(Given.Marked(given));
        else if (option.Arity.MinimumNumberOfValues == 0)
        {
            if (next < args.Length && option is ITakesSomeWords optional && optional.Takes(args[next]))
                tokens.Add(Given.Marked(args[next++]));
        }
        else if (next == args.Length)
            refusals.Add($"{name} needs a value.");
        else if (LooksLikeOption(args[next]))
            refusals.Add(
                $"{name} needs a value, but {args[next].Split('=')[0]} follows. Write a value that begins with a "
                    + $"dash as {name}=VALUE."
            );
        else
            tokens.Add(Given.Marked(args[next++]));
    }

    // A value may begin with one dash, as a negative number or a shell's flag does.
    private bool LooksLikeOption(string word) =>
        word.StartsWith(EndOfOptions, StringComparison.Ordinal)
        || (word is ['-', _, ..] && word.Split('=')[0].Skip(1).All(letter => Find($"-{letter}") is not null));

    private Option? Find(string name) =>
        At
            .Options.Concat(path.SkipLast(1).SelectMany(above => above.Options.Where(o => o.Recursive)))
            .FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name));

    private string Unknown(string option) =>
        $"{Text.Quote(option)} is not an option of "
        + $"`{Name}`.{Suggestion.For(option, At.Options.Where(o => !o.Hidden).Select(o => o.Name))}";

    private string Name =>
        path.Count == 1 ? "paddock" : $"paddock {string.Join(' ', path.Skip(1).Select(c => c.Name))}";
}

/// <summary>An option whose value may be left out; the next word is its value only if it could be one.</summary>
internal interface ITakesSomeWords
{
    bool Takes(string word);
}
