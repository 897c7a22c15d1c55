using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Cli.Rest;

/// <summary>An option or argument, or a few related ones, and where in the request their values go.</summary>
internal sealed class Part(Action<ParseResult, Request> write, params Symbol[] symbols)
{
    private readonly List<Action<CommandResult>> rules = [];

    /// <summary>Several parts as one, so that a rule can apply to all of them.</summary>
    public static Part Join(params Part[] parts)
    {
        var joined = new Part(
            (args, request) =>
            {
                foreach (var part in parts)
                    part.Write(args, request);
            },
            [.. parts.SelectMany(p => p.Symbols)]
        );
        foreach (var part in parts)
            joined.rules.AddRange(part.rules);
        return joined;
    }

    private Symbol[] Symbols => symbols;

    /// <summary>Makes the part mandatory: the command line is refused without it.</summary>
    public Part Required()
    {
        foreach (var option in symbols.OfType<Option>())
        {
            option.Required = true;
            if (option.Arity.Equals(ArgumentArity.Zero))
                rules.Add(Rules.Required(option)); // The parser does not enforce required flags.
        }
        return this;
    }

    /// <summary>A rule between several options.</summary>
    public Part Where(Action<CommandResult> rule)
    {
        rules.Add(rule);
        return this;
    }

    public void AddTo(Command command)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else
                command.Arguments.Add((Argument)symbol);
        }
        foreach (var rule in rules)
            command.Validators.Add(rule);
    }

    public void Write(ParseResult args, Request request) => write(args, request);
}

/// <summary>Rules about which options may be combined. Only options that the user wrote count, not defaults.</summary>
internal static class Rules
{
    public static Action<CommandResult> Required(Option option) =>
        result =>
        {
            if (!result.Has(option))
                result.AddError($"Option '{option.Name}' is required.");
        };

    public static Action<CommandResult> NotBoth(Option one, Option other) =>
        result =>
        {
            if (result.Has(one) && result.Has(other))
                result.AddError($"Give either {one.Name} or {other.Name}, not both.");
        };

    public static Action<CommandResult> OneOf(params Option[] options) =>
        result =>
        {
            if (options.Count(result.Has) != 1)
                result.AddError($"Give exactly one of {string.Join(", ", options.Select(o => o.Name))}.");
        };

    /// <param name="isRequired">True when no project setting can supply the pattern, so that the command line
    /// must.</param>
    public static Action<CommandResult> PatternFor(
        Option<Adapter?> adapter,
        Option<LinePattern> pattern,
        bool isRequired
    ) =>
        result =>
        {
            // Reads the word rather than the parsed value: the option itself refuses a word that is no adapter.
            var word = result.GetResult(adapter) is { Implicit: false, Tokens: [var token, ..] }
                ? token.Value()
                : Settings.Find("ADAPTER")?.Value;
            var isPattern = word == Words<Adapter>.Of(Adapter.Pattern);
            if (isPattern && isRequired && !result.Has(pattern))
                result.AddError("--adapter pattern needs --pattern.");
            if (!isPattern && result.GetResult(pattern) is { Implicit: false })
                result.AddError("--pattern needs --adapter pattern.");
        };

    public static Action<CommandResult> Needs(Option one, Option other) =>
        result =>
        {
            if (result.Has(one) && !result.Has(other))
                result.AddError($"{one.Name} needs {other.Name}.");
        };
}
