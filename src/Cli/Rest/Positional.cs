using System.CommandLine;
using Paddock.Core.Names;

namespace Paddock.Cli.Rest;

/// <summary>The positional arguments for the names in a path template.</summary>
internal static class Positional
{
    public static IEnumerable<Part> In(string template) =>
        Request
            .Names(template)
            .Where(n => !n.Name.StartsWith("--", StringComparison.Ordinal))
            .Select(n => Of(n.Name, n.MayBeAbsent));

    /// <summary>An argument sent in the body instead of the path.</summary>
    public static Part InBody(string name, string key, string description, Reader<string> read)
    {
        var argument = Argument(name, description, read, ArgumentArity.ExactlyOne);
        return new((args, request) => request.Body[key] = args.GetRequiredValue(argument), argument);
    }

    private static Part Of(string name, bool mayBeAbsent)
    {
        var (description, read) = Meaning(name);
        var argument = Argument(
            name,
            description,
            read,
            mayBeAbsent ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne
        );
        return new(Write, argument);

        void Write(ParseResult args, Request request)
        {
            if (args.GetValue(argument) is { } value)
                request.AddToPath(name, value);
        }
    }

    private static Argument<string> Argument(
        string name,
        string description,
        Reader<string> read,
        ArgumentArity arity
    ) =>
        new(name)
        {
            Description = description,
            Arity = arity,
            CustomParser = DomainOption.Parser($"<{name}>", read),
        };

    private static (string Description, Reader<string> Read) Meaning(string name) =>
        name switch
        {
            "organization"
            or "project"
            or "user"
            or "branch"
            or "testbed"
            or "benchmark"
            or "measure"
            or "runner"
            or "spec" => ($"UUID or slug of the {name}.", Readers.Valid<ResourceId>),
            "report"
            or "metric"
            or "threshold"
            or "alert"
            or "change"
            or "plot"
            or "job"
            or "key"
            or "token"
            or "sso"
            or "trust"
            or "webhook"
            or "archive"
            or "invitation" => ($"UUID of the {name}.", Readers.Uuid),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No argument has this name."),
        };
}
