using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// Writes markup as UTF-8. Interpolated values in <see cref="Add"/> are data: escaped text, or coordinates with one
/// decimal.
/// </summary>
/// <remarks>Buffers its output; <see cref="Dispose"/> flushes the rest.</remarks>
internal sealed class SvgWriter(IBufferWriter<byte> output) : IDisposable
{
    // Far outside any picture, yet within the numeric range of every renderer.
    private const double CoordinateMax = 100_000;
    private const int BytesPerChar = 3;

    private static readonly SearchValues<char> Unsafe = SearchValues.Create(UnsafeChars());

    private byte[] gathered = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int count;

    /// <summary>Writes markup unescaped; for constants only.</summary>
    public void Raw(ReadOnlySpan<char> markup)
    {
        var room = Room(markup.Length * BytesPerChar);
        count += Encoding.UTF8.GetBytes(markup, room);
    }

    /// <summary>Writes markup with interpolated data.</summary>
    // The body is empty: the interpolation handler has already written to this writer.
#pragma warning disable CA1822, IDE0060
    public void Add([InterpolatedStringHandlerArgument("")] Markup markup) { }
#pragma warning restore CA1822, IDE0060

    /// <summary>Writes text or an attribute value, with all XML special characters escaped.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Unsafe) is var at && at >= 0)
        {
            Raw(text[..at]);
            Rune.DecodeFromUtf16(text[at..], out var rune, out var length); // A lone surrogate is decoded as U+FFFD.
            switch (rune.Value)
            {
                case '&':
                    Raw("&amp;");
                    break;
                case '<':
                    Raw("&lt;");
                    break;
                case '>':
                    Raw("&gt;");
                    break;
                case '"':
                    Raw("&quot;");
                    break;
                case '\'':
                    Raw("&#39;");
                    break;
                case '\n':
                    Raw("&#10;");
                    break;
                case '\t' or '\r':
                    Raw(" ");
                    break;
                case < ' ' or 0xFFFE or 0xFFFF:
                    Raw("\uFFFD");
                    break; // XML forbids these even as references.
                default:
                    Raw(rune.ToString());
                    break;
            }
            text = text[(at + length)..];
        }
        Raw(text);
    }

    /// <summary>Writes a coordinate given in tenths of a pixel.</summary>
    public void Tenths(int tenths)
    {
        var room = Room(16);
        var at = 0;
        if (tenths < 0)
            room[at++] = (byte)'-';
        var (whole, rest) = Math.DivRem(Math.Abs(tenths), 10);
        if (whole > 0 || rest == 0)
        {
            whole.TryFormat(room[at..], out var written, default, CultureInfo.InvariantCulture);
            at += written;
        }
        if (rest > 0)
        {
            room[at++] = (byte)'.';
            room[at++] = (byte)('0' + rest);
        }
        count += at;
    }

    public static int ToTenths(double coordinate) =>
        (int)Math.Round(Math.Clamp(coordinate, -CoordinateMax, CoordinateMax) * 10);

    public void Dispose()
    {
        Flush();
        ArrayPool<byte>.Shared.Return(gathered);
        gathered = [];
    }

    private Span<byte> Room(int bytes)
    {
        if (gathered.Length - count < bytes)
            Flush();
        if (gathered.Length < bytes)
        {
            ArrayPool<byte>.Shared.Return(gathered);
            gathered = ArrayPool<byte>.Shared.Rent(bytes);
        }
        return gathered.AsSpan(count);
    }

    private void Flush()
    {
        output.Write(gathered.AsSpan(0, count));
        count = 0;
    }

    private static string UnsafeChars()
    {
        var chars = new StringBuilder("&<>\"'\uFFFE\uFFFF");
        for (var c = '\0'; c < ' '; c++)
            chars.Append(c);
        for (var c = '\uD800'; c <= '\uDFFF'; c++)
            chars.Append(c);
        return chars.ToString();
    }

    [InterpolatedStringHandler]
#pragma warning disable CA1815 // Nobody compares values of this type.
    public readonly ref struct Markup
    {
        private readonly SvgWriter svg;

        public Markup(int literalLength, int formattedCount, SvgWriter svg)
        {
            _ = (literalLength, formattedCount);
            this.svg = svg;
        }

        public void AppendLiteral(string markup) => svg.Raw(markup);

        public void AppendFormatted(string text) => svg.Text(text);

        public void AppendFormatted(int number) => svg.Raw(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(double coordinate) => svg.Tenths(ToTenths(coordinate));
    }
#pragma warning restore CA1815
}
