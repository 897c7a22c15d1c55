using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Keys;

/// <summary>A row in the list of a user's or project's keys.</summary>
public sealed record KeyLine(
    Guid Uuid,
    string Name,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    bool IsOver,
    DateTimeOffset? LastUsed
);

/// <summary>A list of keys with the form for a new key.</summary>
/// <param name="Address">The path to which the form is posted.</param>
/// <param name="Made">The name of the key just created.</param>
/// <param name="Text">The new key's text, which is shown only this once.</param>
/// <param name="IsRevoked">True when the list holds the revoked keys.</param>
public sealed record KeyListView(
    string Address,
    IReadOnlyList<KeyLine> Keys,
    ListPart Part,
    bool IsRevoked,
    string? Made,
    string? Text,
    FormState Form,
    DateTimeOffset Now
)
{
    /// <summary>The noun for an entry: key or token.</summary>
    public string Noun { get; init; } = "key";

    /// <summary>The form's default: a key that expires after 90 days.</summary>
    public static FormState Standard { get; } = FormState.Of(("days", "90"));

    internal static List<KeyLine> LinesOf(List<KeyRow> rows, DateTimeOffset now) =>
        rows.ConvertAll(row => new KeyLine(
            row.Uuid,
            row.Name,
            row.Creation,
            row.Expiration,
            row.Expiration <= now,
            row.LastUsed
        ));
}

/// <summary>The form for a new key.</summary>
internal static class KeyForm
{
    /// <exception cref="Refusal">The name is invalid.</exception>
    public static KeyPatch NewName(FormFields fields) =>
        ResourceName.TryParse(fields.Text("name"), out var name)
            ? new(name)
            : throw Refusal.BadInput($"name: {Text.Refusal<ResourceName>(fields.Text("name"))}");

    private const int DaysMax = 3660;

    public static NewKey Read(FormFields fields)
    {
        var (name, days) = (fields.Required<ResourceName>("name"), fields.Whole("days", 1, DaysMax));
        if (days is null && fields.Text("days").Length == 0)
            fields.Wrong("days", $"Fill this in; allowed: 1 to {DaysMax}.");
        fields.Check();
        return new(name, (uint)days!.Value * 86_400);
    }
}
