using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// Maps enums to the snake_case words in JSON, on the command line and in tables. Each enum counts from 0, is an int
/// and has no gaps.
/// </summary>
public static class Words<T>
    where T : struct, Enum
{
    private static readonly WordList List = WordList.Of(typeof(T), Enum.GetNames<T>());

    /// <summary>Every word, in the order of the enum, without aliases.</summary>
    public static IReadOnlyList<string> All => List.All;

    public static string Of(T value) => List.All[Unsafe.As<T, int>(ref value)];

    public static bool TryParse(string? word, out T value)
    {
        var place = List.Find(word);
        value = place < 0 ? default : Unsafe.As<int, T>(ref place);
        return place >= 0;
    }

    /// <summary>The message for a refused word, with the allowed words.</summary>
    public static string Refusal(string? given) => $"{Names.Text.Quote(given)} is not one of {string.Join(", ", All)}";
}

/// <summary>
/// The words of one enum, by index. It is not generic and has no dictionary, because both would slow down the start of
/// the command line; the words are few.
/// </summary>
internal sealed class WordList
{
    private readonly string[] words;
    private readonly (string Alias, string Word)[] aliases;

    private WordList(string[] words, (string, string)[] aliases) => (this.words, this.aliases) = (words, aliases);

    public IReadOnlyList<string> All => words;

    public static WordList Of(Type type, string[] members)
    {
        var values = (int[])Enum.GetValuesAsUnderlyingType(type);
        for (var i = 0; i < values.Length; i++)
            if (values[i] != i)
                throw new InvalidOperationException($"{type.Name} does not count from 0 without a gap.");
        return new(Array.ConvertAll(members, Snake), AliasesOf(type));
    }

    /// <summary>The index of a word or alias, or -1.</summary>
    public int Find(string? word)
    {
        foreach (var (alias, meant) in aliases)
            if (alias == word)
                word = meant;
        return Array.IndexOf(words, word);
    }

    // Shorter or older spellings that existing clients send.
    private static (string Alias, string Word)[] AliasesOf(Type type) =>
        type.Name switch
        {
            "Adapter" => [("rust_iai_callgrind", "rust_gungraun")],
            "ModelTest" => [("z", "z_score"), ("t", "t_test")],
            _ => [],
        };

    private static string Snake(string member)
    {
        var word = new StringBuilder();
        for (var i = 0; i < member.Length; i++)
        {
            if (char.IsAsciiLetterUpper(member[i]) && i > 0)
                word.Append('_');
            word.Append(char.ToLowerInvariant(member[i]));
        }
        return word.ToString();
    }
}

/// <summary>Reads and writes an enum as its word.</summary>
public sealed class WordConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Words<T>.TryParse(reader.GetString(), out var value)
            ? value
            : throw new JsonException(
                reader.TokenType == JsonTokenType.String
                    ? Words<T>.Refusal(reader.GetString())
                    : $"must be one of {string.Join(", ", Words<T>.All)}"
            );

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Words<T>.Of(value));
}
