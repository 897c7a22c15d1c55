using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli;

/// <summary>Parses a text into a value, or gives the reason why it is refused.</summary>
internal delegate bool Reader<T>(string text, out T? value, out string refusal);

/// <summary>
/// Options whose values obey a rule of the product. A value that breaks it is refused in the rule's own words, with
/// exit code 2.
/// </summary>
internal static class DomainOption
{
    /// <param name="setting">The name of the environment variable after its prefix, e.g. "PROJECT". The variable counts
    /// like the option; the option wins.</param>
    public static Option<T> Of<T>(
        string name,
        string description,
        string[]? aliases = null,
        string? setting = null,
        string? helpName = null
    )
        where T : IText<T> => Of<T>(name, description, Texts<T>(), aliases, setting, helpName);

    public static Option<T> Of<T>(
        string name,
        string description,
        Reader<T> read,
        string[]? aliases = null,
        string? setting = null,
        string? helpName = null
    )
    {
        var option = setting is null
            ? new Option<T>(name, aliases ?? [])
            : new SettingOption<T>(name, setting, aliases ?? []);
        option.Description = setting is null ? description : $"{description} [env: PADDOCK_{setting}]";
        option.HelpName = helpName;
        option.Arity = ArgumentArity.ExactlyOne;
        option.CustomParser = result => Read(result, result.Tokens[0].Value(), name, read)!;
        if (setting is not null)
            option.DefaultValueFactory = result =>
                Settings.Find(setting) is var (value, variable) ? Read(result, value, variable, read)! : default!;
        return option;
    }

    /// <summary>An option that may be given many times, one value each.</summary>
    public static Option<T[]> Many<T>(
        string name,
        string description,
        Reader<T> read,
        string[]? aliases = null,
        string? helpName = null
    ) =>
        new(name, aliases ?? [])
        {
            Description = description,
            HelpName = helpName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
            CustomParser = result => [.. result.Tokens.Select(t => Read(result, t.Value(), name, read)!)],
        };

    public static Option<T[]> Many<T>(
        string name,
        string description,
        string[]? aliases = null,
        string? helpName = null
    )
        where T : IText<T> => Many(name, description, Texts<T>(), aliases, helpName);

    /// <summary>Any text, including the empty one, passed on unchanged.</summary>
    public static Option<string> Free(
        string name,
        string description,
        string[]? aliases = null,
        string? helpName = null
    ) => Of<string>(name, description, Readers.Anything, aliases, helpName: helpName);

    /// <summary>One of the snake_case words of an enum, or only of those in <c>offered</c>.</summary>
    public static Option<T?> Word<T>(
        string name,
        string description,
        string[]? aliases = null,
        string? setting = null,
        IReadOnlyList<string>? offered = null
    )
        where T : struct, Enum
    {
        var words = offered ?? Words<T>.All;
        return Of<T?>(
            name,
            $"{description} ({string.Join(", ", words)})",
            Read,
            aliases,
            setting,
            helpName: name.TrimStart('-')
        );

        bool Read(string text, out T? value, out string refusal)
        {
            refusal = $"{Text.Quote(text)} is not one of {string.Join(", ", words)}";
            // An alias is allowed when its word is.
            value = Words<T>.TryParse(text, out var word) && words.Contains(Words<T>.Of(word)) ? word : null;
            return value is not null;
        }
    }

    /// <summary>A whole number between two ends.</summary>
    public static Option<T?> Number<T>(
        string name,
        string description,
        T min,
        T max,
        string[]? aliases = null,
        string? helpName = null
    )
        where T : struct, INumber<T> => Of(name, description, Numbers(min, max), aliases, helpName: helpName ?? "n");

    /// <summary>A flag without a value: it never takes the next word as its value.</summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    public static Argument<T> Positional<T>(string name, string description)
        where T : IText<T> =>
        new(name)
        {
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => Read(result, result.Tokens[0].Value(), name, Texts<T>())!,
        };

    /// <summary>All remaining words of the command line, unchanged.</summary>
    public static Argument<string[]> Words(string name, string description) =>
        new(name)
        {
            Description = description,
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = result => [.. result.Tokens.Select(t => t.Value())],
        };

    public static Func<ArgumentResult, T?> Parser<T>(string name, Reader<T> read) =>
        result => Read(result, result.Tokens[0].Value(), name, read);

    public static Reader<T> Texts<T>()
        where T : IText<T> =>
        static (string text, out T? value, out string refusal) =>
        {
            refusal = "";
            if (T.TryParse(text, out value))
                return true;
            refusal = Text.Refusal<T>(text);
            return false;
        };

    public static Reader<T?> Numbers<T>(T min, T max)
        where T : struct, INumber<T> =>
        (string text, out T? value, out string refusal) =>
        {
            value = null;
            refusal = $"{Text.Quote(text)} is not a number from {min} to {max}";
            if (!T.TryParse(text, CultureInfo.InvariantCulture, out var number) || !(number >= min && number <= max))
                return false; // This comparison refuses NaN too.
            value = number;
            return true;
        };

    private static T? Read<T>(ArgumentResult result, string text, string name, Reader<T> read)
    {
        if (read(text, out var value, out var refusal))
            return value;
        result.AddError($"{name}: {refusal}.");
        return default;
    }
}

/// <summary>An option that can also be set by an environment variable.</summary>
internal interface IHasSetting
{
    /// <summary>The variable's name after its prefix.</summary>
    string Setting { get; }
}

internal sealed class SettingOption<T>(string name, string setting, string[] aliases)
    : Option<T>(name, aliases),
        IHasSetting
{
    public string Setting => setting;
}

internal static class ParseResultExtensions
{
    /// <summary>
    /// True when the user set the option, on the command line or by environment variable, not only by a default.
    /// </summary>
    public static bool Has(this CommandResult result, Option option) =>
        result.GetResult(option) is { Implicit: false }
        || (option is IHasSetting { Setting: var setting } && Settings.Find(setting) is not null);

    /// <inheritdoc cref="Has(CommandResult, Option)"/>
    public static bool Has(this ParseResult args, Option option) => args.CommandResult.Has(option);

    /// <summary>The value of an option, or null when it is absent, for value types that have no null.</summary>
    public static T? Find<T>(this ParseResult args, Option<T> option)
        where T : struct => args.Has(option) ? args.GetValue(option) : null;
}
