using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Wire;

namespace Paddock.Server.Http;

/// <summary>Writes JSON by hand, for answers of thousands of equal things where the serializer is most of the cost.</summary>
internal readonly struct JsonBytes(IBufferWriter<byte> output)
{
    public void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    public void Value<T>(T value, JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(output, Answer.JsonOptions);
        JsonSerializer.Serialize(json, value, type);
    }

    /// <summary>With its quotation marks.</summary>
    public void Text(string text)
    {
        Raw("\""u8);
        Raw(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        Raw("\""u8);
    }

    public void Uuid(Guid uuid)
    {
        uuid.TryFormat(output.GetSpan(36), out var length);
        output.Advance(length);
    }

    public void Number(uint number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(16), out var length);
        output.Advance(length);
    }

    public void Number(double number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(32), out var length);
        output.Advance(length);
    }

    public void NumberOrNull(double? number)
    {
        if (number is not { } known || double.IsNaN(known)) Raw("null"u8);
        else Number(known);
    }

    /// <summary>With its quotation marks.</summary>
    public void TimeOrNull(DateTimeOffset? time)
    {
        if (time is not { } known)
        {
            Raw("null"u8);
            return;
        }
        var text = output.GetSpan(22);
        text[0] = text[21] = (byte)'"';
        TimeConverter.Format(known, text[1..21]);
        output.Advance(22);
    }
}
