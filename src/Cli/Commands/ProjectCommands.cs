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
                "List projects, of everybody or of an organization.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Page("name")
            ),
            Call.Create<Project>(
                "/v0/organizations/{organization}/projects",
                "Create a project.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug,
                Field.Text<WebAddress>("--url", "Where to read about it."),
                Field.Word<Visibility>("--visibility", "Who may see it", fallback: Visibility.Public)
            ),
            Call.Of<Project>("view", HttpMethod.Get, One, Access.Public, "Show a project."),
            Call.Update<Project>(
                One,
                "Change a project.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Clearable("--url", "Where to read about it.", Readers.Valid<WebAddress>),
                Field.Word<Visibility>("--visibility", "Who may see it"),
                Field.Word<Measures>("--measures", "Which measures a run records that does not say so itself"),
                Field.Clearable(
                    "--pattern",
                    "Regular expression of the adapter pattern, for runs that have none of their own.",
                    Readers.Valid<LinePattern>
                )
            ),
            Call.Delete(
                One,
                "Delete a project.",
                Filter.Flag("--hard", "Leave nothing behind; only for the server's administrators.")
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
                "Get a mail when a change is proven, and one when its values have returned."
            ),
            Call.Of<JsonElement>(
                "unwatch",
                HttpMethod.Delete,
                One + "/watch",
                Access.Authenticated,
                "Get no more mail about the changes of a project."
            ),
            KeyCommands.Create<ProjectKey, NewProjectKey>(
                "key",
                One + "/keys",
                "key",
                "Keys that send the runs of a project."
            ),
        };
}
