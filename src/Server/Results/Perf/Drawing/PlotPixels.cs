using System.Buffers;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Paddock.Server.Ground.Pages;
using SkiaSharp;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>
/// Renders the SVG of <see cref="PlotSvg"/> as pixels, so that both show the same. Supports only the elements and
/// attributes in that SVG, not SVG in general.
/// </summary>
internal static class PlotPixels
{
    private const int JpegQuality = 88;
    private const float TextSize = 13;

    private static readonly Lazy<SKTypeface> Font = new(LoadFont);
    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> Light = new(() =>
        Rules(PlotStyle.Standalone(PlotTheme.Light))
    );

    /// <summary>Writes the picture as JPEG or PNG, one pixel for each unit of the SVG, in the light theme.</summary>
    public static void Write(PlotPicture picture, ImageForm form, IBufferWriter<byte> output)
    {
        var svg = new ArrayBufferWriter<byte>(64 << 10);
        PlotSvg.Write(picture with { Theme = PlotTheme.Light, TooltipsMax = 0 }, svg);
        var root = XElement.Parse(Encoding.UTF8.GetString(svg.WrittenSpan));
        var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var surface = SKSurface.Create(info);
        surface.Canvas.Clear(SKColors.White);
        new Drawing(surface.Canvas, root, info).Draw();
        using var image = surface.Snapshot();
        var (format, quality) =
            form == ImageForm.Png ? (SKEncodedImageFormat.Png, 100) : (SKEncodedImageFormat.Jpeg, JpegQuality);
        using var encoded = image.Encode(format, quality);
        output.Write(encoded.AsSpan());
    }

    private static SKTypeface LoadFont()
    {
        using var font = typeof(PlotPixels).Assembly.GetManifestResourceStream("plot.ttf")!;
        return SKTypeface.FromStream(font);
    }

    // Parses ".paddock-plot .name{property:value;...}", the only form of rule in the style of PlotStyle.
    private static Dictionary<string, Dictionary<string, string>> Rules(string style)
    {
        var rules = new Dictionary<string, Dictionary<string, string>>();
        foreach (var rule in style.Split('}', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (selector, body) = (rule[..rule.IndexOf('{')], rule[(rule.IndexOf('{') + 1)..]);
            var name = selector.Replace(".paddock-plot", "", StringComparison.Ordinal).Trim();
            rules[name] = body.Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(':', 2))
                .ToDictionary(line => line[0], line => line[1]);
        }
        return rules;
    }

    /// <summary>The styles that an element has inherited.</summary>
    private sealed record Look
    {
        public SKColor? Fill { get; init; } = SKColors.Black;
        public SKColor? Stroke { get; init; }
        public float FillOpacity { get; init; } = 1;
        public float StrokeOpacity { get; init; } = 1;
        public float StrokeWidth { get; init; } = 1;
        public SKStrokeCap Cap { get; init; } = SKStrokeCap.Butt;
        public SKStrokeJoin Join { get; init; } = SKStrokeJoin.Miter;
        public float[]? Dashes { get; init; }
        public float FontSize { get; init; } = TextSize;
        public bool IsBold { get; init; }
        public SKTextAlign Align { get; init; } = SKTextAlign.Left;
        public bool IsStrokeFirst { get; init; }

        public Look With(string property, string value) =>
            property switch
            {
                "fill" => this with { Fill = ColorOf(value) },
                "stroke" => this with { Stroke = ColorOf(value) },
                "fill-opacity" => this with { FillOpacity = Number(value) },
                "stroke-opacity" => this with { StrokeOpacity = Number(value) },
                "stroke-width" => this with { StrokeWidth = Number(value) },
                "stroke-linecap" => this with { Cap = value == "round" ? SKStrokeCap.Round : SKStrokeCap.Butt },
                "stroke-linejoin" => this with { Join = value == "round" ? SKStrokeJoin.Round : SKStrokeJoin.Miter },
                "stroke-dasharray" => this with { Dashes = [.. value.Split(' ').Select(Number)] },
                "font-size" => this with { FontSize = Number(value.Replace("px", "", StringComparison.Ordinal)) },
                "font-weight" => this with { IsBold = value == "600" },
                "text-anchor" => this with
                {
                    Align =
                        value == "middle" ? SKTextAlign.Center
                        : value == "end" ? SKTextAlign.Right
                        : SKTextAlign.Left,
                },
                "paint-order" => this with { IsStrokeFirst = true },
                _ => this,
            };

        private static SKColor? ColorOf(string value) => value == "none" ? null : SKColor.Parse(value);
    }

    private static float Number(string value) => float.Parse(value, CultureInfo.InvariantCulture);

    private sealed class Drawing(SKCanvas canvas, XElement root, SKImageInfo size)
    {
        private readonly Dictionary<string, XElement> clips = root.Descendants()
            .Where(e => e.Name.LocalName == "clipPath")
            .ToDictionary(e => e.Attribute("id")!.Value);

        public void Draw() => Children(root, new());

        private void Children(XElement parent, Look look)
        {
            foreach (var element in parent.Elements())
                Draw(element, Styled(element, look));
        }

        private void Draw(XElement element, Look look)
        {
            switch (element.Name.LocalName)
            {
                case "g" or "a":
                    Group(element, look);
                    break;
                case "rect":
                    var (bounds, radius) = (Bounds(element), Length(element, "rx", size.Width));
                    Paint(look, paint => canvas.DrawRoundRect(bounds, radius, radius, paint));
                    break;
                case "path":
                    using (var path = SKPath.ParseSvgPathData(Text(element, "d")))
                        Paint(look, paint => canvas.DrawPath(path, paint));
                    break;
                case "text":
                    Write(element, look);
                    break;
            }
        }

        private void Group(XElement element, Look look)
        {
            canvas.Save();
            if (Text(element, "clip-path") is { Length: > 0 } clip)
                canvas.ClipRect(Bounds(clips[clip["url(#".Length..^1]].Elements().First()));
            Children(element, look);
            canvas.Restore();
        }

        private static void Paint(Look look, Action<SKPaint> draw)
        {
            if (look.IsStrokeFirst)
                Stroke(look, draw);
            if (look.Fill is { } fill && look.FillOpacity > 0)
            {
                using var paint = Brush(fill, look.FillOpacity);
                draw(paint);
            }
            if (!look.IsStrokeFirst)
                Stroke(look, draw);
        }

        private static void Stroke(Look look, Action<SKPaint> draw)
        {
            if (look.Stroke is not { } stroke || look.StrokeOpacity <= 0)
                return;
            using var paint = Brush(stroke, look.StrokeOpacity);
            (paint.Style, paint.StrokeWidth) = (SKPaintStyle.Stroke, look.StrokeWidth);
            (paint.StrokeCap, paint.StrokeJoin) = (look.Cap, look.Join);
            using var dashes = look.Dashes is null ? null : SKPathEffect.CreateDash(look.Dashes, phase: 0);
            paint.PathEffect = dashes;
            draw(paint);
        }

        private void Write(XElement element, Look look)
        {
            using var font = new SKFont(Font.Value, look.FontSize)
            {
                Embolden = look.IsBold,
                Subpixel = true,
                Edging = SKFontEdging.Antialias,
            };
            using var paint = Brush(look.Fill ?? SKColors.Black, look.FillOpacity);
            var (x, y) = (Length(element, "x", size.Width), Length(element, "y", size.Height));
            canvas.DrawText(element.Value, x, y, look.Align, font, paint);
        }

        private SKRect Bounds(XElement rect) =>
            SKRect.Create(
                Length(rect, "x", size.Width),
                Length(rect, "y", size.Height),
                Length(rect, "width", size.Width),
                Length(rect, "height", size.Height)
            );

        private static SKPaint Brush(SKColor color, float opacity) =>
            new() { IsAntialias = true, Color = color.WithAlpha((byte)Math.Round(255 * opacity)) };

        private static float Length(XElement element, string name, int whole) =>
            Text(element, name) switch
            {
                "" => 0,
                "100%" => whole,
                var text => Number(text),
            };

        private static string Text(XElement element, string name) => element.Attribute(name)?.Value ?? "";

        // Applies attributes first, since rules of the style sheet override them.
        private static Look Styled(XElement element, Look look)
        {
            foreach (var attribute in element.Attributes())
                look = look.With(attribute.Name.LocalName, attribute.Value);
            if (element.Name.LocalName == "text")
                look = Ruled("text", look);
            foreach (var name in Text(element, "class").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                look = Ruled("." + name, look);
            return Text(element, "class").EndsWith(" deep", StringComparison.Ordinal)
                ? Ruled(".pill.deep", look)
                : look;
        }

        private static Look Ruled(string name, Look look) =>
            Light.Value.TryGetValue(name, out var rule)
                ? rule.Aggregate(look, (sum, property) => sum.With(property.Key, property.Value))
                : look;
    }
}
