using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class RunnerCommands
{
    private const string All = "/v0/runners", One = All + "/{runner}", Specs = One + "/specs";

    public static Command Create() => new("runner")
    {
        Call.List<JsonElement>(All, Access.Authenticated, "List the runners of the server.",
            Filter.Name<ResourceName>(), Filter.Search, Filter.Archived, Filter.Page("name", "created")),
        Call.Create<JsonElement>(All, "Register a runner; its key is shown this once.",
            Field.Text<ResourceName>("--name", "Its name.").Required(), Field.Slug),
        Call.View<JsonElement>(One, Access.Authenticated, "Show a runner."),
        Call.Update<JsonElement>(One, "Change a runner.",
            Field.Text<ResourceName>("--name", "Its new name."), Field.NewSlug, Field.Archived("runner"),
            Field.Of(DomainOption.Many<string>("--labels", "A label of it; may be given again, and replaces those that it has.", Readers.NotEmpty, helpName: "label"),
                labels => new JsonArray([.. labels.Select(label => JsonValue.Create(label))])),
            Field.Whole("--slots", "How many jobs it has at a time, at most.", 1, 64, helpName: "count"),
            Field.Clearable("--organization", "Whose jobs it takes, UUID or slug;", Readers.Valid<ResourceId>)),
        Call.Of<JsonElement>("key", HttpMethod.Post, One + "/key", Access.Authenticated, "Give a runner a new key; the old one stops working."),
        new Command("spec", "The hardware specs that a runner offers.")
        {
            Call.List<JsonElement>(Specs, Access.Authenticated, "List the specs of a runner."),
            Call.Of<JsonElement>("add", HttpMethod.Post, Specs, Access.Authenticated, "Let a runner offer a spec.",
                Field.Text<ResourceId>("--spec", "UUID or slug of the spec.").Required()).Also("create"),
            Call.Of<JsonElement>("remove", HttpMethod.Delete, Specs + "/{spec}", Access.Authenticated, "Let a runner no longer offer a spec.").Also("rm"),
        },
    };
}
