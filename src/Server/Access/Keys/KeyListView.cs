using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Keys;

/// <summary>A key of a user or a project in a list.</summary>
public sealed record KeyLine(
    Guid Uuid,
    string Name,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    bool IsOver,
    DateTimeOffset? LastUsed
);

/// <summary>A list of keys with the form that makes one.</summary>
/// <param name="Address">Where the form posts to.</param>
/// <param name="Made">The name of the key that was just made.</param>
/// <param name="Text">Its text, which is shown this once.</param>
/// <param name="IsRevoked">True where the list holds those that were revoked.</param>
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
    /// <summary>What one is called.</summary>
    public string Noun { get; init; } = "key";

    /// <summary>A form for a key that ends.</summary>
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

/// <summary>The form that makes a key.</summary>
internal static class KeyForm
{
    /// <exception cref="Refusal">It is no name.</exception>
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
