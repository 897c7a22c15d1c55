using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class OrganizationCommands
{
    private const string All = "/v0/organizations",
        One = All + "/{organization}";

    public static Command Create() =>
        new("organization")
        {
            Call.List<Organization>(
                All,
                Access.Authenticated,
                "List your organizations.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Page("name")
            ),
            Call.Create<Organization>(
                All,
                "Create an organization.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Slug
            ),
            Call.View<Organization>(One, Access.Authenticated, "Show an organization."),
            Call.Update<Organization>(
                One,
                "Change an organization.",
                Field.Text<ResourceName>("--name", "Its new name."),
                Field.NewSlug,
                Field.Clearable("--license", "License key, for servers that require one.", Readers.Token)
            ),
            Call.Delete(
                One,
                "Delete an organization with its projects.",
                Filter.Flag("--hard", "Delete it for good, with all its data; only for the server's administrators.")
            ),
            Call.Of<Organization>(
                "claim",
                HttpMethod.Post,
                One + "/claim",
                Access.Authenticated,
                "Claim an organization without members: you become its leader."
            ),
            Call.Of<Allowed>(
                "allowed",
                HttpMethod.Get,
                One + "/allowed/{--perm}",
                Access.Authenticated,
                "Ask whether you have a permission.",
                Filter.InPath<Permission>("--perm", "The permission")
            ),
            Call.Of<JsonElement>(
                "usage",
                HttpMethod.Get,
                One + "/usage",
                Access.Authenticated,
                "Show how much data an organization has recorded recently."
            ),
        };
}
