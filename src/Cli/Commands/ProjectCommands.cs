using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class ProjectCommands
{
    private const string One = "/v0/projects/{project}";

    public static Command Create() =>
        new("project")
        {
            Call.List<Project>(
                "/v0/[organizations/{organization}/]projects",
                Access.Public,
                "List all projects, or those of an organization.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Page("name")
            ),
            Call.Create<Project>(
                "/v0/organizations/{organization}/projects",
                "Create a project.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug,
                Field.Text<WebAddress>("--url", "Address of a page about the project."),
                Field.Word<Visibility>("--visibility", "Who may see it", fallback: Visibility.Public)
            ),
            Call.Of<Project>("view", HttpMethod.Get, One, Access.Public, "Show a project."),
            Call.Update<Project>(
                One,
                "Change a project.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Clearable("--url", "Address of a page about the project.", Readers.Valid<WebAddress>),
                Field.Word<Visibility>("--visibility", "Who may see it"),
                Field.Word<Measures>("--measures", "Measures that a run records if it does not choose itself"),
                Field.Clearable(
                    "--pattern",
                    "Regular expression for the adapter pattern, for runs that give none.",
                    Readers.Valid<LinePattern>
                )
            ),
            Call.Delete(
                One,
                "Delete a project.",
                Filter.Flag("--hard", "Delete it for good, with all its data; only for the server's administrators.")
            ),
            Call.Of<Allowed>(
                "allowed",
                HttpMethod.Get,
                One + "/allowed/{--perm}",
                Access.Authenticated,
                "Ask whether you have a permission.",
                Filter.InPath<Permission>("--perm", "The permission")
            ),
            Call.Of<ProjectWatch>(
                "watch",
                HttpMethod.Put,
                One + "/watch",
                Access.Authenticated,
                "Get an e-mail when a change is proven, and one when its values are back."
            ),
            Call.Of<JsonElement>(
                "unwatch",
                HttpMethod.Delete,
                One + "/watch",
                Access.Authenticated,
                "Stop e-mail about the changes of a project."
            ),
            KeyCommands.Create<ProjectKey, NewProjectKey>(
                "key",
                One + "/keys",
                "key",
                "Keys for sending the runs of a project."
            ),
        };
}
