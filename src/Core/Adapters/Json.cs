using System.Text.Json;

namespace Paddock.Core.Adapters;

/// <summary>What the adapters of JSON documents share: reading by hand, one pass, nothing kept but what is asked for.</summary>
/// <remarks>
/// Readers stand on the token that they are to read and leave on its last one. They answer false on the first thing that is not
/// as it must be; only text that is not JSON at all costs an exception.
/// </remarks>
internal static class Json
{
    // Deeper than any harness nests, and what existing servers accept.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 127 };

    internal delegate bool Root(ref Utf8JsonReader json, Average? average, Results results);

    /// <summary>The results that <paramref name="root"/> finds, or null when it finds a fault, or the text is not one JSON document.</summary>
    public static Results? Read(ReadOnlySpan<byte> utf8, Average? average, Root root)
    {
        var json = new Utf8JsonReader(utf8, Options);
        var results = new Results();
        try { return json.Read() && root(ref json, average, results) && !json.Read() ? results : null; }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; } // The latter: a lone surrogate.
    }

    /// <summary>Moves on to the next property of the current object, or to its end.</summary>
    public static bool Property(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    public static bool Is(this ref Utf8JsonReader json, ReadOnlySpan<byte> text) =>
        json.ValueIsEscaped ? json.ValueTextEquals(text) : json.ValueSpan.SequenceEqual(text);

    /// <summary>A number that a double can hold.</summary>
    public static bool Number(ref Utf8JsonReader json, out double number)
    {
        number = 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetDouble(out number) && double.IsFinite(number);
    }
}
