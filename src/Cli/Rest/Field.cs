using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Rest;

/// <summary>
/// Options whose values go into the body, under the option's name in snake_case: <c>--lower-value</c> becomes
/// <c>lower_value</c>.
/// </summary>
internal static class Field
{
    public static Part Text<T>(string name, string description)
        where T : IText<T> => Text(name, description, Readers.Valid<T>);

    public static Part Text(string name, string description, Reader<string> read, string? helpName = null) =>
        Of(DomainOption.Of(name, description, read, helpName: helpName ?? Key(name)), value => JsonValue.Create(value));

    /// <summary>A value that <see cref="Readers.None"/> clears.</summary>
    public static Part Clearable(string name, string description, Reader<string> read) =>
        Of(
            DomainOption.Of(name, $"{description} {Readers.None} for none.", Readers.OrNone(read), helpName: Key(name)),
            value => value == Readers.None ? null : JsonValue.Create(value)
        );

    /// <inheritdoc cref="Clearable"/>
    public static Part ClearableWhole(string name, string description, long max) =>
        Of(
            DomainOption.Of(
                name,
                $"{description} {Readers.None} for none.",
                Readers.OrNone(Readers.Whole(max)),
                helpName: Key(name)
            ),
            value => value == Readers.None ? null : JsonValue.Create(long.Parse(value, CultureInfo.InvariantCulture))
        );

    public static Part Slug => Text<Slug>("--slug", "Its name in URLs; made from the name unless given.");
    public static Part NewSlug => Text<Slug>("--slug", "Its new name in URLs.");

    /// <param name="description">The text before the list of words, without a full stop.</param>
    /// <param name="fallback">The value that is sent when the option is absent; null to send nothing.</param>
    public static Part Word(string name, string description, IReadOnlyCollection<string> words, string? fallback = null)
    {
        var help =
            $"{description} ({string.Join(", ", words)}{(fallback is null ? "" : $"; {fallback} unless given")})";
        var option = DomainOption.Of(name, help, Readers.OneOf(words), helpName: Key(name));
        if (fallback is null)
            return Of(option, value => JsonValue.Create(value));
        return new((args, request) => request.Body[Key(name)] = args.GetValue(option) ?? fallback, option);
    }

    /// <inheritdoc cref="Word(string, string, IReadOnlyCollection{string}, string?)"/>
    public static Part Word<T>(string name, string description, T? fallback = null)
        where T : struct, Enum =>
        Word(name, description, Words<T>.All, fallback is null ? null : Words<T>.Of(fallback.Value));

    public static Part Whole(string name, string description, long min, long max, string? helpName = null) =>
        Of(DomainOption.Number(name, description, min, max, helpName: helpName), value =>
            JsonValue.Create(value!.Value)
        );

    /// <summary>
    /// An amount: any number is parsed, and one that no machine has is reported as a failure, not as a mistake in the
    /// command line.
    /// </summary>
    public static Part Size(string name, string description, ulong max, ulong readMax, string? helpName = null) =>
        Of(DomainOption.Number(name, description, 0UL, readMax, helpName: helpName), value =>
            value is > 0 and var size && size <= max
                ? JsonValue.Create(size)
                : throw new Failure($"{name}: {value} is out of range; allowed: 1 to {max}.")
        );

    public static Part Real(string name, string description) =>
        Of(DomainOption.Of<double?>(name, description, Readers.Finite, helpName: "number"), value =>
            Real(value!.Value)
        );

    /// <summary>Sends true when the flag is given, and nothing otherwise.</summary>
    public static Part Flag(string name, string description, params string[] aliases) =>
        Flag(name, description, Key(name), value: true, aliases);

    public static Part Flag(string name, string description, string key, bool value, params string[] aliases)
    {
        var option = DomainOption.Flag(name, description, aliases);
        return new(Write, option);

        void Write(ParseResult args, Request request)
        {
            if (args.GetValue(option))
                request.Body[key] = value;
        }
    }

    /// <summary>Sends true when the flag is given, and false otherwise.</summary>
    public static Part Switch(string name, string description)
    {
        var option = DomainOption.Flag(name, description);
        return new((args, request) => request.Body[Key(name)] = args.GetValue(option), option);
    }

    public static Part YesNo(string name, string description) =>
        Of(DomainOption.Of(name, description, Readers.OneOf(["true", "false"]), helpName: "true|false"), value =>
            JsonValue.Create(value == "true")
        );

    public static Part Uuids(string name, string description) =>
        Of(DomainOption.Many<string>(name, description, Readers.Uuid, helpName: "uuid"), values => new JsonArray([
            .. values.Select(v => JsonValue.Create(v)),
        ]));

    /// <summary>Two flags that set the same field to true and false; with neither, the field is not sent.</summary>
    public static Part Archived(string noun)
    {
        var archive = DomainOption.Flag("--archive", $"Hide the {noun} from lists.");
        var unarchive = DomainOption.Flag("--unarchive", $"Show the {noun} in lists again.");
        return new Part(Write, archive, unarchive).Where(Rules.NotBoth(archive, unarchive));

        void Write(ParseResult args, Request request)
        {
            if (args.GetValue(archive))
                request.Body["archived"] = true;
            else if (args.GetValue(unarchive))
                request.Body["archived"] = false;
        }
    }

    public static Part Of<T>(Option<T> option, Func<T, JsonNode?> json)
    {
        return new(Write, option);

        void Write(ParseResult args, Request request)
        {
            if (args.Has(option))
                request.Body[Key(option.Name)] = json(args.GetRequiredValue(option));
        }
    }

    /// <summary>
    /// A number as JSON, always with a fraction or an exponent, because the original server refuses a negative boundary
    /// without one.
    /// </summary>
    public static JsonNode? Real(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }

    private static string Key(string option) => option.TrimStart('-').Replace('-', '_');
}
