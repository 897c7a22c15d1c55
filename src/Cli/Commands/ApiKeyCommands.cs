using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>Keys of an organization, for programs that watch its machines.</summary>
internal static class ApiKeyCommands
{
    private const string All = "/v0/organizations/{organization}/api-keys";

    public static Command Create() =>
        new("api-key")
        {
            Call.List<ApiKey>(
                All,
                Access.Authenticated,
                "List the keys of an organization.",
                Filter.Search,
                Filter.Page("name")
            ),
            Call.Create<CreatedApiKey>(
                All,
                "Create a key; this is the only time that it is shown.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Scopes(),
                Field.Whole(
                    "--ttl",
                    "Seconds until it expires (never unless given).",
                    1,
                    uint.MaxValue,
                    helpName: "seconds"
                )
            ),
            Call.Of<JsonElement>(
                    "revoke",
                    HttpMethod.Delete,
                    All + "/{key}",
                    Access.Authenticated,
                    "Revoke a key permanently."
                )
                .Also("rm"),
        };

    private static Part Scopes()
    {
        var option = DomainOption.Many<string>(
            "--scope",
            $"Scope of the key; may be given again ({string.Join(", ", ApiScopes.All)}).",
            Readers.OneOf(ApiScopes.All),
            helpName: "scope"
        );
        return new Part(
            (args, request) =>
                request.Body["scopes"] = new JsonArray([
                    .. (args.GetValue(option) ?? []).Select(scope => JsonValue.Create(scope)),
                ]),
            option
        ).Required();
    }
}
