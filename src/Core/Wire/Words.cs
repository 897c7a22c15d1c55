using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>Enums as the snake_case words that stand in JSON, on the command line and in tables.</summary>
public static class Words<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> ToWord = Enum.GetValues<T>().ToFrozenDictionary(v => v, v => Snake(v.ToString()));
    private static readonly FrozenDictionary<string, T> FromWord = Aliases().Concat(ToWord.Select(p => KeyValuePair.Create(p.Value, p.Key)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every word, in the order of the enum, without aliases.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<T>().Select(v => ToWord[v])];

    public static string Of(T value) => ToWord[value];

    public static bool TryParse(string? word, out T value)
    {
        value = default;
        return word is not null && FromWord.TryGetValue(word, out value);
    }

    /// <summary>Why a word was refused, with the ones that are allowed.</summary>
    public static string Refusal(string? given) => $"{Names.Text.Quote(given)} is not one of {string.Join(", ", All)}";

    // Shorter or older spellings that existing clients send.
    private static IEnumerable<KeyValuePair<string, T>> Aliases()
    {
        (string Alias, string Member)[] known = typeof(T).Name switch
        {
            "Adapter" => [("rust_iai_callgrind", "RustGungraun")],
            "ModelTest" => [("z", "ZScore"), ("t", "TTest")],
            _ => [],
        };
        foreach (var (alias, member) in known) yield return KeyValuePair.Create(alias, Enum.Parse<T>(member));
    }

    private static string Snake(string member)
    {
        var word = new StringBuilder();
        for (var i = 0; i < member.Length; i++)
        {
            if (char.IsAsciiLetterUpper(member[i]) && i > 0) word.Append('_');
            word.Append(char.ToLowerInvariant(member[i]));
        }
        return word.ToString();
    }
}

/// <summary>Reads and writes an enum as its word.</summary>
public sealed class WordConverter<T> : JsonConverter<T> where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Words<T>.TryParse(reader.GetString(), out var value)
            ? value
            : throw new JsonException(reader.TokenType == JsonTokenType.String ? Words<T>.Refusal(reader.GetString()) : $"must be one of {string.Join(", ", Words<T>.All)}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Words<T>.Of(value));
}
