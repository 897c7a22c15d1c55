using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

public enum NameIdKind
{
    Uuid,
    Slug,
    Name,
}

/// <summary>
/// How a body or a filter names a branch, testbed, benchmark or measure. The first form that fits (UUID, slug, name)
/// decides which column is searched, and only that one: "main" is a slug, "feature/x" a name.
/// </summary>
/// <typeparam name="TName">The rule of the name where it is neither UUID nor slug.</typeparam>
[JsonConverter(typeof(NameIdConverterFactory))]
public readonly record struct NameId<TName> : IText<NameId<TName>>
    where TName : class, IText<TName>
{
    private NameId(NameIdKind kind, string text) => (Kind, Value) = (kind, text);

    public NameIdKind Kind { get; }

    /// <summary>The slug or the name; for a UUID its hyphenated text.</summary>
    public string Value { get; }

    /// <summary>Only meaningful where <see cref="Kind"/> is <see cref="NameIdKind.Uuid"/>.</summary>
    public Guid Uuid => Kind == NameIdKind.Uuid ? Guid.ParseExact(Value, "D") : default;

    public override string ToString() => Value;

    public static string Noun => $"UUID, slug or {TName.Noun}";
    public static string Rule => TName.Rule;

    /// <summary>
    /// A name that is not to be taken for a UUID or a slug even if it looks like one, as harnesses print them.
    /// </summary>
    public static NameId<TName> OfName(TName name) => new(NameIdKind.Name, name.ToString()!);

    public static NameId<TName> OfSlug(Slug slug) => new(NameIdKind.Slug, slug.Value);

    public static NameId<TName> OfUuid(Guid uuid) => new(NameIdKind.Uuid, uuid.ToString());

    public static bool TryParse([NotNullWhen(true)] string? text, out NameId<TName> value)
    {
        value = default;
        if (UuidText.TryParse(text, out var uuid))
            value = OfUuid(uuid);
        else if (Slug.TryParse(text, out var slug))
            value = OfSlug(slug);
        else if (TName.TryParse(text, out var name))
            value = OfName(name);
        else
            return false;
        return true;
    }
}

/// <summary>
/// Picks the text converter for a closed <see cref="NameId{TName}"/>; listed one by one, so that nothing is made at run
/// time.
/// </summary>
public sealed class NameIdConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => Find(typeToConvert) is not null;

    public override JsonConverter? CreateConverter(
        Type typeToConvert,
        System.Text.Json.JsonSerializerOptions options
    ) => Find(typeToConvert);

    private static JsonConverter? Find(Type type) =>
        type == typeof(NameId<BranchName>) ? new TextConverter<NameId<BranchName>>()
        : type == typeof(NameId<BenchmarkName>) ? new TextConverter<NameId<BenchmarkName>>()
        : type == typeof(NameId<ResourceName>) ? new TextConverter<NameId<ResourceName>>()
        : null;
}
