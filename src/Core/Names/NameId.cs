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
/// A reference to a branch, testbed, benchmark or measure in a request body or a filter. The first form that fits
/// (UUID, slug, name) decides which single column is searched: "main" is a slug, "feature/x" a name.
/// </summary>
/// <typeparam name="TName">The rule for a name that is neither a UUID nor a slug.</typeparam>
[JsonConverter(typeof(NameIdConverterFactory))]
public readonly record struct NameId<TName> : IText<NameId<TName>>
    where TName : class, IText<TName>
{
    private NameId(NameIdKind kind, string text) => (Kind, Value) = (kind, text);

    public NameIdKind Kind { get; }

    /// <summary>The slug or the name; for a UUID its hyphenated text.</summary>
    public string Value { get; }

    /// <summary>The UUID. Only meaningful if <see cref="Kind"/> is <see cref="NameIdKind.Uuid"/>.</summary>
    public Guid Uuid => Kind == NameIdKind.Uuid ? Guid.ParseExact(Value, "D") : default;

    public override string ToString() => Value;

    public static string Noun => $"UUID, slug or {TName.Noun}";
    public static string Rule => TName.Rule;

    /// <summary>
    /// Always treats the text as a name, even if it looks like a UUID or a slug, as names printed by harnesses may.
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
/// Picks the text converter for a closed <see cref="NameId{TName}"/>. The types are listed one by one, so that no
/// generic type is constructed at run time (AOT).
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
