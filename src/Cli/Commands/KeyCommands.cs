using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli.Commands;

/// <summary>
/// Secrets of a project or a user. One set of commands serves the keys of both and a user's older tokens.
/// </summary>
internal static class KeyCommands
{
    private const long SecondsMax = uint.MaxValue;

    /// <param name="noun">The secret's name in the path and in the help.</param>
    public static Command Create<TKey, TNew>(string name, string all, string noun, string? description)
    {
        var one = $"{all}/{{{noun}}}";
        return new(name, description)
        {
            Call.List<TKey>(
                all,
                Access.Authenticated,
                $"List {noun}s.",
                Filter.Name<ResourceName>(),
                Filter.Search,
                Filter.Flag("--revoked", "List those that are revoked instead of those that are not."),
                Filter.Page("name")
            ),
            Call.Create<TNew>(
                all,
                $"Create a {noun}; this is the only time that it is shown.",
                Field.Text<ResourceName>("--name", "Its name.").Required(),
                Field.Whole(
                    "--ttl",
                    "Seconds until it expires (never unless given).",
                    1,
                    SecondsMax,
                    helpName: "seconds"
                )
            ),
            Call.View<TKey>(one, Access.Authenticated, $"Show a {noun}, without its secret."),
            Call.Update<TKey>(one, $"Rename a {noun}.", Field.Text<ResourceName>("--name", "Its new name.")),
            Call.Of<JsonElement>(
                    "revoke",
                    HttpMethod.Delete,
                    one,
                    Access.Authenticated,
                    $"Revoke a {noun} permanently."
                )
                .Also("rm"),
        };
    }
}
