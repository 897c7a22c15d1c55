using System.CommandLine;
using System.Globalization;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Rest;

/// <summary>
/// Options whose values go into the query, or for <c>InPath</c> into the path, under the option's name in snake_case.
/// </summary>
internal static class Filter
{
    /// <summary>The options of a paginated list.</summary>
    public static Part Page(params string[] sorts)
    {
        var sort = DomainOption.Of(
            "--sort",
            $"What to sort by ({string.Join(", ", sorts)}).",
            Readers.OneOf(sorts),
            helpName: "by"
        );
        var direction = DomainOption.Of(
            "--direction",
            "Sort direction (asc, desc).",
            Readers.OneOf(["asc", "desc"]),
            helpName: "direction"
        );
        var perPage = DomainOption.Number<long>("--per-page", "Entries per page, up to 255 (8).", 0, byte.MaxValue);
        var page = DomainOption.Number<long>("--page", "Number of the page (1).", 0, uint.MaxValue);
        return Part.Join(Of(sort), Of(direction), Of(perPage, Invariant), Of(page, Invariant));
    }

    public static Part Text<T>(string name, string description)
        where T : IText<T> => Text(name, description, Readers.Valid<T>);

    public static Part Text(string name, string description, Reader<string> read) =>
        Of(DomainOption.Of(name, description, read, helpName: Key(name)));

    public static Part Name<T>()
        where T : IText<T> => Text<T>("--name", "Only the one with this name.");

    public static Part Search =>
        Text("--search", "Only those whose name, slug or UUID contains this text.", Readers.Anything);

    /// <param name="description">The text before the list of words, without a full stop.</param>
    public static Part Word(string name, string description, params string[] words) =>
        Text(name, $"{description} ({string.Join(", ", words)})", Readers.OneOf(words));

    /// <inheritdoc cref="Word(string, string, string[])"/>
    public static Part Word<T>(string name, string description)
        where T : struct, Enum => Word(name, description, [.. Words<T>.All]);

    public static Part Uuid(string name, string description) => Text(name, description, Readers.Uuid);

    public static Part Flag(string name, string description) => Flag(name, description, Key(name), "true");

    public static Part Flag(string name, string description, string key, string value)
    {
        var option = DomainOption.Flag(name, description);
        return new(Write, option);

        void Write(ParseResult args, Request request)
        {
            if (args.GetValue(option))
                request.AddToQuery(key, value);
        }
    }

    public static Part Archived => Flag("--archived", "List those that are archived instead of those that are not.");

    public static Part Number(string name, string description, long min, long max) =>
        Of(DomainOption.Number(name, description, min, max, helpName: Key(name)), Invariant);

    /// <summary>An instant in seconds since 1970, sent in milliseconds as the API requires.</summary>
    public static Part Seconds(string name, string description) =>
        Of(
            DomainOption.Number(
                name,
                $"{description}, in seconds since 1970.",
                long.MinValue,
                long.MaxValue,
                helpName: "seconds"
            ),
            value => Invariant(Instants.Of(name, value!.Value).ToUnixTimeMilliseconds())
        );

    /// <summary>
    /// UUIDs sent in one value, in order; where allowed, <see cref="Readers.None"/> leaves a place empty.
    /// </summary>
    public static Part Uuids(string name, string description, bool orNone = false) =>
        Of(
            DomainOption.Many(
                name,
                description,
                orNone ? Readers.OrNone(Readers.Uuid) : Readers.Uuid,
                helpName: "uuid"
            ),
            values => string.Join(',', values.Select(v => v == Readers.None ? "" : v))
        );

    /// <summary>An option whose value replaces its name in the path.</summary>
    public static Part InPath<T>(string name, string description)
        where T : struct, Enum
    {
        var option = DomainOption.Of(
            name,
            $"{description} ({string.Join(", ", Words<T>.All)})",
            Readers.OneOf(Words<T>.All),
            helpName: Key(name)
        );
        return new Part((args, request) => request.AddToPath(name, args.GetRequiredValue(option)), option).Required();
    }

    private static Part Of(Option<string> option) => Of(option, value => value);

    private static Part Of<T>(Option<T> option, Func<T, string> text)
    {
        return new(Write, option);

        void Write(ParseResult args, Request request)
        {
            if (args.Has(option))
                request.AddToQuery(Key(option.Name), text(args.GetRequiredValue(option)));
        }
    }

    private static string Invariant(long? value) => value!.Value.ToString(CultureInfo.InvariantCulture);

    private static string Key(string option) => option.TrimStart('-').Replace('-', '_');
}
