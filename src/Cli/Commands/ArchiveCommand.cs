using System.CommandLine;
using System.Text;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli.Commands;

/// <summary>
/// <c>paddock archive</c> and <c>paddock unarchive</c>: hides a branch, testbed, benchmark or measure from lists, and
/// shows it again. A UUID or slug is changed at once; a name is looked up first.
/// </summary>
internal static class ArchiveCommand
{
    /// <summary>One of the four kinds of thing that can be archived, as given on the command line.</summary>
    private sealed record Named(string Typed, NameIdKind Kind, string Value);

    public static Command CreateArchive() => Create("archive", archived: true);

    public static Command CreateUnarchive() => Create("unarchive", archived: false);

    private static Command Create(string name, bool archived)
    {
        var project = DomainOption.Of<ResourceId>(
            "--project",
            "UUID or slug of the project.",
            setting: "PROJECT",
            helpName: "project"
        );
        (string Noun, string Plural, Option<Named> Option)[] dimensions =
        [
            ("branch", "branches", Dimension<BranchName>("branch")),
            ("testbed", "testbeds", Dimension<ResourceName>("testbed")),
            ("benchmark", "benchmarks", Dimension<BenchmarkName>("benchmark")),
            ("measure", "measures", Dimension<ResourceName>("measure")),
        ];
        var command = new Command(name) { project };
        foreach (var (_, _, option) in dimensions)
            command.Add(option);
        command.Validators.Add(Rules.OneOf([.. dimensions.Select(d => d.Option)]));
        command.Validators.Add(result =>
        {
            if (!result.Has(project) && Settings.Find("PROJECT") is null)
                result.AddError("--project is missing; give it, or set PADDOCK_PROJECT.");
        });
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                using var api = backend.Open(args, Access.Authenticated);
                var (noun, plural, option) = dimensions.Single(d => args.Has(d.Option));
                var (named, all) = (args.GetRequiredValue(option), $"/v0/projects/{args.GetValue(project)}/{plural}");
                var word = archived ? "archived" : "unarchived";
                var id = named.Kind == NameIdKind.Name ? await FindAsync(api, all, named, archived, ct) : named.Value;
                if (id is null)
                {
                    Output.Line($"The {noun} ({named.Typed}) is already {word}.");
                    return Exit.Success;
                }
                var body = Encoding.UTF8.GetBytes(archived ? """{"archived":true}""" : """{"archived":false}""");
                await api.SendAsync(HttpMethod.Patch, $"{all}/{id}", body, ct);
                Output.Line($"Successfully {word} the {noun} ({named.Typed}).");
                return Exit.Success;
            }
        );
        return command;
    }

    /// <summary>
    /// The UUID of the thing with this name that still has to be changed; null when the thing with this name needs no
    /// change.
    /// </summary>
    private static async Task<string?> FindAsync(
        ApiClient api,
        string all,
        Named named,
        bool archived,
        CancellationToken ct
    )
    {
        var open = await NamedAsync(inArchive: !archived);
        if (open.Count == 1)
            return open[0];
        if (open.Count > 1)
            throw new Failure($"More than one entry is named {Text.Quote(named.Typed)}. Give a UUID or a slug.");
        if ((await NamedAsync(inArchive: archived)).Count > 0)
            return null;
        throw new Failure($"No entry is named {Text.Quote(named.Typed)}.");

        async Task<List<string>> NamedAsync(bool inArchive)
        {
            var query = $"name={Uri.EscapeDataString(named.Value)}{(inArchive ? "&archived=true" : "")}";
            var found = await api.SendAsync(HttpMethod.Get, $"{all}?{query}", body: null, ct);
            try
            {
                using var list = JsonDocument.Parse(found);
                return [.. list.RootElement.EnumerateArray().Select(item => item.GetProperty("uuid").GetString()!)];
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                throw new Failure("The server's answer is not a list of entries with UUIDs.", e);
            }
        }
    }

    private static Option<Named> Dimension<TName>(string noun)
        where TName : class, IText<TName> =>
        DomainOption.Of<Named>($"--{noun}", $"UUID, slug or name of a {noun}.", Read<TName>, helpName: noun);

    private static bool Read<TName>(string text, out Named? value, out string refusal)
        where TName : class, IText<TName>
    {
        value = DomainOption.Texts<NameId<TName>>()(text, out var id, out refusal)
            ? new(text, id.Kind, id.Value)
            : null;
        return value is not null;
    }
}
