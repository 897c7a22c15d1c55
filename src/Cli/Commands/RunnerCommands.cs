using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class RunnerCommands
{
    private const string All = "/v0/runners",
        One = All + "/{runner}",
        Specs = One + "/specs";

    public static Command Create() =>
        new("runner")
        {
            Call.List<Runner>(
                All,
                Access.Authenticated,
                "List the runners of the server.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Archived,
                Filter.Page("name", "created")
            ),
            Call.Create<RunnerKey>(
                All,
                "Register a runner. Its key is shown only once.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug
            ),
            Call.View<Runner>(One, Access.Authenticated, "Show a runner."),
            Call.Update<Runner>(
                One,
                "Change a runner.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Archived("runner"),
                Draining,
                Field.Of(
                    DomainOption.Many<string>(
                        "--labels",
                        "A label of the runner; may be given again. All earlier labels are replaced.",
                        Readers.NotEmpty,
                        helpName: "label"
                    ),
                    labels => new JsonArray([.. labels.Select(label => JsonValue.Create(label))])
                ),
                Field.Whole("--slots", "Maximum number of jobs at a time.", 1, 64, helpName: "count"),
                Field.Clearable(
                    "--organization",
                    "Organization whose jobs it takes, by UUID or slug;",
                    Readers.Valid<ResourceId>
                )
            ),
            Call.Delete(One, "Delete a runner that never had a job."),
            Call.Of<RunnerKey>(
                "key",
                HttpMethod.Post,
                One + "/key",
                Access.Authenticated,
                "Give a runner a new key; the old one stops working."
            ),
            new Command("spec", "The hardware specs that a runner offers.")
            {
                Call.List<Spec>(Specs, Access.Authenticated, "List the specs of a runner."),
                Call.Of<Spec>(
                        "add",
                        HttpMethod.Post,
                        Specs,
                        Access.Authenticated,
                        "Let a runner offer a spec.",
                        Field.Text<ResourceId>("--spec", "UUID or slug of the spec.").Required()
                    )
                    .Also("create"),
                Call.Of<JsonElement>(
                        "remove",
                        HttpMethod.Delete,
                        Specs + "/{spec}",
                        Access.Authenticated,
                        "Let a runner no longer offer a spec."
                    )
                    .Also("rm"),
            },
        };

    // With neither flag, the runner stays as it is.
    private static Part Draining
    {
        get
        {
            var drain = DomainOption.Of<string>(
                "--drain",
                "Drain it, for this reason: it finishes its jobs and gets no new ones.",
                Readers.Anything,
                helpName: "reason"
            );
            var resume = DomainOption.Flag("--resume", "Resume it: it gets jobs again.");
            return new Part(Write, drain, resume).Where(Rules.NotBoth(drain, resume));

            void Write(ParseResult args, Request request)
            {
                if (args.GetValue(drain) is { } reason)
                    request.Body["maintenance"] = new JsonObject { ["reason"] = reason };
                else if (args.GetValue(resume))
                    request.Body["maintenance"] = null;
            }
        }
    }
}
