using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>A reference to a resource in a path: its UUID or its slug. Only that column is searched.</summary>
[JsonConverter(typeof(TextConverter<ResourceId>))]
public readonly record struct ResourceId : IText<ResourceId>
{
    private ResourceId(Guid? uuid, string? slug) => (Uuid, Slug) = (uuid, slug);

    /// <summary>The UUID, or null when this is a slug.</summary>
    public Guid? Uuid { get; }

    /// <summary>The slug, or null when this is a UUID.</summary>
    public string? Slug { get; }

    public override string ToString() => Uuid?.ToString() ?? Slug ?? "";

    public static ResourceId Of(Guid uuid) => new(uuid, slug: null);

    public static ResourceId Of(Slug slug) => new(uuid: null, slug.Value);

    public static string Noun => "UUID or slug";
    public static string Rule => $"a UUID, or {Names.Slug.Rule}";

    public static bool TryParse([NotNullWhen(true)] string? text, out ResourceId value)
    {
        value = default;
        if (UuidText.TryParse(text, out var uuid))
            value = new(uuid, slug: null);
        else if (Names.Slug.TryParse(text, out var slug))
            value = new(uuid: null, slug.Value);
        else
            return false;
        return true;
    }
}
