using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Cli.Rest;

/// <summary>An option or argument, or a few that belong together, and where in the request their values go.</summary>
internal sealed class Part(Action<ParseResult, Request> write, params Symbol[] symbols)
{
    private readonly List<Action<CommandResult>> rules = [];

    /// <summary>Several parts as one, for a rule between them.</summary>
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

    /// <summary>Without it the command line is refused.</summary>
    public Part Required()
    {
        foreach (var option in symbols.OfType<Option>())
        {
            option.Required = true;
            if (option.Arity.Equals(ArgumentArity.Zero))
                rules.Add(Rules.Required(option)); // The parser does not look at flags.
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

/// <summary>
/// What may stand together on a command line. Only what the user wrote counts; a default asks for nothing.
/// </summary>
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

    /// <param name="isRequired">Whether nobody else can say how the adapter pattern reads.</param>
    public static Action<CommandResult> PatternFor(
        Option<Adapter?> adapter,
        Option<LinePattern> pattern,
        bool isRequired
    ) =>
        result =>
        {
            // Its word and not its value: one that is no adapter is refused by the option itself.
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
