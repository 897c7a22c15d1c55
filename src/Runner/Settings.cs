using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Paddock.Runner;

/// <summary>
/// Command-line options and the environment variables that can replace them: Paddock's names first, then the names that
/// existing runners use.
/// </summary>
internal static class Settings
{
    /// <summary>Returns the first variable that is set. An empty variable counts as not set.</summary>
    public static (string Value, string Variable)? Find(params ReadOnlySpan<string> variables)
    {
        foreach (var variable in variables)
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                return (value, variable);
        return null;
    }

    public static Option<string> Text(
        string name,
        string description,
        string helpName,
        string[]? aliases = null,
        string? setting = null,
        string? original = null
    )
    {
        var option = new Option<string>(name, aliases ?? [])
        {
            Description = Described(description, setting),
            HelpName = helpName,
            Arity = ArgumentArity.ExactlyOne,
        };
        if (setting is not null)
            option.DefaultValueFactory = _ => Find($"PADDOCK_{setting}", $"BENCHER_{original ?? setting}")?.Value!;
        return option;
    }

    public static Option<bool> Flag(
        string name,
        string description,
        string[]? aliases = null,
        string? setting = null,
        string? original = null
    )
    {
        var option = new Option<bool>(name, aliases ?? [])
        {
            Description = Described(description, setting),
            Arity = ArgumentArity.Zero,
        };
        if (setting is not null)
            option.DefaultValueFactory = result =>
                Find($"PADDOCK_{setting}", $"BENCHER_{original ?? setting}") is var (value, variable)
                && Truth(result, value, variable);
        return option;
    }

    /// <summary>An integer option with a minimum and a maximum.</summary>
    public static Option<T> Number<T>(
        string name,
        string description,
        T standard,
        T min,
        T max,
        params string[] aliases
    )
        where T : struct, INumber<T> =>
        new(name, aliases)
        {
            Description = $"{description} ({standard})",
            HelpName = "n",
            Arity = ArgumentArity.ExactlyOne,
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                if (
                    T.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number >= min
                    && number <= max
                )
                    return number;
                result.AddError($"{name}: \"{result.Tokens[0].Value}\" is not a whole number from {min} to {max}.");
                return default;
            },
        };

    private static bool Truth(ArgumentResult result, string value, string variable)
    {
        if (value is "1" or "true" or "TRUE" or "True")
            return true;
        if (value is not ("0" or "false" or "FALSE" or "False"))
            result.AddError($"{variable}: \"{value}\" is neither true nor false.");
        return false;
    }

    private static string Described(string description, string? setting) =>
        setting is null ? description : $"{description} [env: PADDOCK_{setting}]";
}

/// <summary>The exit codes.</summary>
internal static class Exit
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>The command line is invalid; nothing was done.</summary>
    public const int Usage = 2;
}

/// <summary>
/// An error whose message is a sentence for the user: it is printed to standard error, and the process exits with 1.
/// </summary>
internal sealed class Failure(string message, Exception? cause = null) : Exception(message, cause);
