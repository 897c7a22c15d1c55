using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>The command tree. Only the branch that a command line names is built; the others are names for the help text.</summary>
internal static class Root
{
    /// <summary>A command at the first level, and how to build it with everything below.</summary>
    private sealed record Entry(string Name, string[] Aliases, string Description, Func<Command> Create)
    {
        public bool Answers(string word) => Name == word || Aliases.Contains(word);
    }

    private static readonly Entry[] Entries =
    [
        new("mock", [], "Print results of benchmarks that do not exist.", MockCommand.Create),
    ];

    public static async Task<int> InvokeAsync(string[] args)
    {
        args = HelpWord(args);
        var result = Build(args.FirstOrDefault()).Parse(args, new() { ResponseFileTokenReplacer = null });
        var refusals = Refusals(result, args);
        if (refusals.Count > 0) return Refuse(result, refusals);
        try
        {
            return await result.InvokeAsync(new() { EnableDefaultExceptionHandler = false, Output = Output.Out, Error = Output.Error });
        }
        catch (OperationCanceledException) { return Exit.Interrupted; }
        catch (Failure e)
        {
            Output.Note($"\n{e.Message}");
            return Exit.Failure;
        }
    }

    private static RootCommand Build(string? word)
    {
        var root = new RootCommand("Continuous benchmarking: run benchmarks, keep their results, and hear when they get slower.");
        root.Directives.Clear();
        foreach (var entry in Entries)
        {
            var command = word is not null && entry.Answers(word) ? entry.Create() : new Command(entry.Name);
            command.Description = entry.Description;
            foreach (var alias in entry.Aliases) command.Aliases.Add(alias);
            root.Add(command);
        }
        return root;
    }

    /// <summary><c>help</c> before a command means <c>--help</c> after it.</summary>
    private static string[] HelpWord(string[] args) => args is ["help", .. var rest] ? [.. rest, "--help"] : args;

    /// <summary>Why this command line cannot be carried out; empty when it can.</summary>
    private static List<string> Refusals(ParseResult result, string[] args)
    {
        if (result.Action is not (null or ParseErrorAction) && result.Action.ClearsParseErrors) return []; // Help.
        var refusals = UnknownOptions(result, args).ToList();
        if (refusals.Count == 0) refusals.AddRange(result.UnmatchedTokens.Select(t => $"{Text.Quote(t)} is not expected here."));
        if (refusals.Count == 0) refusals.AddRange(result.Errors.Select(e => e.Message).Distinct());
        return refusals;
    }

    // The parser takes an unknown option for a value wherever one is expected; nobody means that.
    private static IEnumerable<string> UnknownOptions(ParseResult result, string[] args)
    {
        var captured = result.CommandResult.Children.OfType<ArgumentResult>().Where(a => a.Argument.CaptureRemainingTokens).SelectMany(a => a.Tokens).ToList();
        var own = args[..Math.Max(0, args.Length - captured.Count)];
        if (captured is [{ Value: ['-', _, ..] first }, ..] && !own.Contains("--")) return [Unknown(first)];
        var known = Options(result.CommandResult).SelectMany(o => o.Aliases.Prepend(o.Name)).ToHashSet(StringComparer.Ordinal);
        return own.TakeWhile(a => a != "--").Where(a => a is ['-', '-', _, ..]).Select(a => a.Split('=', ':')[0]).Where(a => !known.Contains(a)).Select(Unknown);

        string Unknown(string option) => $"{Text.Quote(option)} is not an option of `{Path(result.CommandResult)}`.";
    }

    private static IEnumerable<Option> Options(CommandResult at)
    {
        foreach (var option in at.Command.Options) yield return option;
        for (var above = at.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
            foreach (var option in above.Command.Options.Where(o => o.Recursive)) yield return option;
    }

    private static string Path(CommandResult at) =>
        at.Parent is CommandResult { Parent: not null } above ? $"{Path(above)} {at.Command.Name}"
        : at.Parent is null ? "paddock" : $"paddock {at.Command.Name}";

    private static int Refuse(ParseResult result, List<string> refusals)
    {
        foreach (var refusal in refusals) Output.Note($"error: {refusal}");
        Output.Note($"\nSee `{Path(result.CommandResult)} --help`.");
        return Exit.Usage;
    }
}
