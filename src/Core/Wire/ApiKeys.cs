using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>The permissions that an organization's key can have.</summary>
[JsonConverter(typeof(ApiScopeConverter))]
public enum ApiScope
{
    RunnersRead,
    PodsRead,
    PodsWrite,
    ProjectsRead,
    RunsWrite,
    AgentsWrite,
}

/// <summary>Scopes in their written form: runners:read.</summary>
public static class ApiScopes
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<ApiScope>().Select(Of)];

    public static string Of(ApiScope scope) => Words<ApiScope>.Of(scope).Replace('_', ':');

    public static bool TryParse(string? word, out ApiScope scope)
    {
        scope = default;
        return word is not null
            && !word.Contains('_', StringComparison.Ordinal)
            && Words<ApiScope>.TryParse(word.Replace(':', '_'), out scope);
    }

    /// <summary>True when these scopes include the wanted one. A write scope includes its read scope.</summary>
    public static bool Include(this IEnumerable<ApiScope> scopes, ApiScope wanted) =>
        scopes.Any(scope => scope == wanted || (scope, wanted) is (ApiScope.PodsWrite, ApiScope.PodsRead));
}

public sealed class ApiScopeConverter : JsonConverter<ApiScope>
{
    public override ApiScope Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var word = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return ApiScopes.TryParse(word, out var scope)
            ? scope
            : throw new JsonException($"{Text.Quote(word)} is not one of {string.Join(", ", ApiScopes.All)}");
    }

    public override void Write(Utf8JsonWriter writer, ApiScope value, JsonSerializerOptions options) =>
        writer.WriteStringValue(ApiScopes.Of(value));
}

/// <param name="Ttl">Lifetime in seconds; null for a key that never expires.</param>
public sealed record NewApiKey(ResourceName Name, IReadOnlyList<ApiScope> Scopes, uint? Ttl = null);

/// <param name="Prefix">The first characters of the key.</param>
/// <param name="LastUsed">Time of the last use, updated at most once a minute; null for an unused key.</param>
public sealed record ApiKey(
    Guid Uuid,
    string Name,
    string Prefix,
    IReadOnlyList<ApiScope> Scopes,
    DateTimeOffset Created,
    DateTimeOffset? Expires,
    DateTimeOffset? LastUsed = null
);

/// <summary>A new key. No other answer shows its text.</summary>
public sealed record CreatedApiKey(
    Guid Uuid,
    string Name,
    string Prefix,
    IReadOnlyList<ApiScope> Scopes,
    string Key,
    DateTimeOffset Created,
    DateTimeOffset? Expires
);
