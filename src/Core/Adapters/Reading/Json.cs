using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Helpers for the adapters of JSON documents. They read token by token in one pass, and keep only what is asked for.
/// </summary>
/// <remarks>
/// The methods on the reader read the current value, or the value of the current property, and leave the reader on the
/// value's last token. They return false if the value does not have the expected form. Only text that is not JSON at
/// all throws an exception, which is slow.
/// </remarks>
internal static class Json
{
    // Deeper than any harness nests; the same limit as in existing servers.
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 127 };

    // Existing servers read the numbers of some harnesses as a decimal type with this maximum.
    private const double DecimalMax = 7.9228162514264337593543950335e28;

    internal delegate bool Reader(ref Utf8JsonReader json);
    internal delegate bool Root(ref Utf8JsonReader json, Average? average, Results results);

    /// <summary>
    /// The results that <paramref name="root"/> finds in all documents of an output; null if it finds none.
    /// </summary>
    /// <param name="start">The first character of a document: a brace or a bracket.</param>
    /// <param name="key">A property that every document has, in quotation marks.</param>
    /// <param name="other">A property that a document may have instead of <paramref name="key"/>.</param>
    public static Results? Read(
        ref Output output,
        char start,
        ReadOnlySpan<byte> key,
        Average? average,
        Root root,
        ReadOnlySpan<byte> other = default
    )
    {
        if (!output.MayBeJson(start, key) && (other.IsEmpty || !output.MayBeJson(start, other)))
            return null;
        var documents = new Documents(output.Utf8, start, key, other);
        Results? results = null;
        (int Line, string Why)? refused = null;
        while (documents.Next())
        {
            var found = output.NewResults();
            var begins = documents.Start;
            if (documents.Read((ref Utf8JsonReader json) => root(ref json, average, found)))
            {
                if (results is null)
                    results = found;
                else
                    results.Absorb(found);
            }
            else if (!documents.IsAgain && (found.Refused is not null || found.Benchmarks.Count > 0))
                refused ??= (documents.LineOf(begins), found.Refused ?? documents.Why);
        }
        output.FaultLine = documents.FaultLine;
        if (refused is var (where, why))
        {
            if (results is { Benchmarks.Count: > 0 })
                results.LeaveOut(string.Create(CultureInfo.InvariantCulture, $"the document on line {where}"), why);
            else
                output.Trouble ??= why;
        }
        return results is null ? null : output.Finish(results);
    }

    /// <summary>True when the text is a single JSON document that <paramref name="read"/> accepts.</summary>
    public static bool Document(ReadOnlySpan<byte> utf8, Reader read)
    {
        var json = new Utf8JsonReader(utf8, Options);
        try
        {
            return json.Read() && read(ref json) && !json.Read();
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return false;
        }
    }

    // The reader throws InvalidOperationException when the text of a string with a lone surrogate is read.
    public static bool IsMalformed(Exception e) => e is JsonException or InvalidOperationException;

    /// <summary>
    /// True when the text may spell ASCII letters of a property as escapes, so that a search for the property misses
    /// it.
    /// </summary>
    public static bool HasEscapedLetter(ReadOnlySpan<byte> utf8)
    {
        for (var at = utf8.IndexOf("\\u00"u8); at >= 0; at = utf8.IndexOf("\\u00"u8))
        {
            utf8 = utf8[(at + 4)..];
            if (utf8.Length > 0 && utf8[0] is >= (byte)'4' and <= (byte)'7')
                return true;
        }
        return false;
    }

    /// <summary>Enters an object; <see cref="Property"/> then visits its properties.</summary>
    public static bool Object(this ref Utf8JsonReader json) => json.Value() == JsonTokenType.StartObject;

    /// <summary>Enters an array; <see cref="Item"/> then visits its items.</summary>
    public static bool Array(this ref Utf8JsonReader json) => json.Value() == JsonTokenType.StartArray;

    /// <summary>Moves to the next property of the current object; false at its end.</summary>
    public static bool Property(this ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next item of the current array; false at its end.</summary>
    public static bool Item(this ref Utf8JsonReader json) => json.Read() && json.TokenType != JsonTokenType.EndArray;

    /// <summary>True when the current property has this name.</summary>
    public static bool Is(this ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        json.ValueIsEscaped ? json.ValueTextEquals(name) : json.ValueSpan.SequenceEqual(name);

    /// <summary>Skips a value that is not needed; always true.</summary>
    public static bool Other(this ref Utf8JsonReader json)
    {
        json.Skip();
        return true;
    }

    /// <summary>A number that a double can hold.</summary>
    public static bool Number(this ref Utf8JsonReader json, out double? number)
    {
        number = null;
        if (json.Value() != JsonTokenType.Number)
            return false;
        if (
            !Lexing.ShortNumber(json.ValueSpan, out var given)
            && (!json.TryGetDouble(out given) || !double.IsFinite(given))
        )
            return false;
        number = given;
        return true;
    }

    public static bool NumberOrNull(this ref Utf8JsonReader json, out double? number)
    {
        number = null;
        return json.Value() == JsonTokenType.Null || json.Number(out number);
    }

    /// <summary>A number that fits a double; any other value is skipped and yields null. Always true.</summary>
    public static bool NumberOrOther(this ref Utf8JsonReader json, out double? number) =>
        json.Value() == JsonTokenType.Number
            ? json.Number(out number) || (number = null) is null
            : (number = null) is null && json.Other();

    /// <summary>A number that fits a double, or the value found in its place. Always true.</summary>
    public static bool Figure(this ref Utf8JsonReader json, out Figure figure)
    {
        if (json.Value() == JsonTokenType.Number)
        {
            figure = json.Number(out var number)
                ? Reading.Figure.Of(number!.Value)
                : Reading.Figure.Other(Encoding.UTF8.GetString(json.ValueSpan));
            return true;
        }
        figure = Reading.Figure.Other(json.Shown());
        return json.Other();
    }

    /// <summary>A number within the range of the decimal type, or the value found in its place. Always true.</summary>
    public static bool DecimalFigure(this ref Utf8JsonReader json, out Figure figure)
    {
        json.Figure(out figure);
        if (figure.Value is { } value && Math.Abs(value) > DecimalMax)
            figure = Reading.Figure.Other($"{value}, which is too large");
        return true;
    }

    /// <summary>An unsigned integer of 64 bits, or the value found in its place. Always true.</summary>
    public static bool CountFigure(this ref Utf8JsonReader json, out Figure figure)
    {
        if (json.Value() != JsonTokenType.Number)
            return json.Figure(out figure);
        figure = json.Count(out var number)
            ? Reading.Figure.Of(number!.Value)
            : Reading.Figure.Other(Encoding.UTF8.GetString(json.ValueSpan));
        return true;
    }

    /// <summary>The current value as shown in a message.</summary>
    private static string Shown(this ref Utf8JsonReader json) =>
        json.Value() switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.Null => "null",
            JsonTokenType.String when IsNoNumber(json.ValueSpan) => json.Current(),
            JsonTokenType.String => Names.Text.Quote(json.Current()),
            _ => Encoding.UTF8.GetString(json.ValueSpan),
        };

    private static bool IsNoNumber(ReadOnlySpan<byte> text) =>
        text.EndsWith("NaN"u8) || text.EndsWith("Infinity"u8) || text.EndsWith("nan"u8) || text.EndsWith("inf"u8);

    /// <summary>A string; any other value is skipped and yields null. Always true.</summary>
    public static bool TextOrOther(this ref Utf8JsonReader json, out string? text) =>
        json.Text(out text) || json.Other();

    /// <summary>A string, number, true, false or null, as text.</summary>
    public static bool Scalar(this ref Utf8JsonReader json, out string? text)
    {
        text = json.Value() switch
        {
            JsonTokenType.String => json.Current(),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null =>
                Encoding.UTF8.GetString(json.ValueSpan),
            _ => null,
        };
        return text is not null;
    }

    /// <summary>True or false.</summary>
    public static bool Flag(this ref Utf8JsonReader json, out bool flag)
    {
        flag = json.Value() == JsonTokenType.True;
        return json.TokenType is JsonTokenType.True or JsonTokenType.False;
    }

    public static bool Decimal(this ref Utf8JsonReader json, out double? number) =>
        json.Number(out number) && Math.Abs(number!.Value) <= DecimalMax;

    /// <summary>An unsigned integer of 64 bits, converted to a double.</summary>
    public static bool Count(this ref Utf8JsonReader json, out double? number)
    {
        number = null;
        if (json.Value() != JsonTokenType.Number || !json.TryGetUInt64(out var given))
            return false;
        number = given;
        return true;
    }

    /// <summary>A signed integer of 32 bits.</summary>
    public static bool Integer(this ref Utf8JsonReader json) =>
        json.Value() == JsonTokenType.Number && json.TryGetInt32(out _);

    public static bool Null(this ref Utf8JsonReader json) => json.Value() == JsonTokenType.Null;

    /// <summary>A unit of time, converted to nanoseconds.</summary>
    public static bool Unit(this ref Utf8JsonReader json, out double? nanoseconds)
    {
        nanoseconds = json.Text(out var text) ? Lexing.Unit(text!) : null;
        return nanoseconds is not null;
    }

    /// <summary>The name of a benchmark.</summary>
    public static bool Name(this ref Utf8JsonReader json, out BenchmarkName? name)
    {
        name = json.Text(out var text) ? Found.Name(text!) : null;
        return name is not null;
    }

    /// <summary>A string. Bytes that are not UTF-8 are replaced.</summary>
    public static bool Text(this ref Utf8JsonReader json, out string? text)
    {
        text = json.Value() == JsonTokenType.String ? json.Current() : null;
        return text is not null;
    }

    /// <summary>The text of the current string or property.</summary>
    public static string Current(this ref Utf8JsonReader json) =>
        json.ValueIsEscaped ? json.GetString()! : Encoding.UTF8.GetString(json.ValueSpan);

    public static bool TextOrNull(this ref Utf8JsonReader json, out string? text)
    {
        text = null;
        return json.Value() == JsonTokenType.Null || json.Text(out text);
    }

    /// <summary>A non-null object; an empty array counts as one too.</summary>
    public static bool AnyObject(this ref Utf8JsonReader json, out bool given)
    {
        given = json.Value() == JsonTokenType.StartObject || json.TokenType == JsonTokenType.StartArray && !json.Item();
        return given && json.Other();
    }

    private static JsonTokenType Value(this ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.PropertyName)
            json.Read();
        return json.TokenType;
    }
}
