using Paddock.Server.Ground.Database;
using SkiaSharp;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>Plots as JPEG, PNG and SVG images.</summary>
public sealed class ImageTests
{
    private static readonly SKColor FirstLine = SKColor.Parse("#4e79a7");

    [Theory]
    [InlineData("", null, "image/jpeg")]
    [InlineData("&format=jpeg", "image/png", "image/jpeg")]
    [InlineData("&format=png", null, "image/png")]
    [InlineData("&format=svg", null, "image/svg+xml")]
    [InlineData("", "image/png", "image/png")]
    [InlineData("", "image/svg+xml", "image/svg+xml")]
    [InlineData("", "text/html, image/png;q=0.5, image/svg+xml;q=0.9", "image/svg+xml")]
    [InlineData("", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/jpeg")]
    [InlineData("", "*/*", "image/jpeg")]
    public async Task An_image_is_a_JPEG_unless_the_request_asks_for_another_format(
        string format,
        string? accept,
        string media
    )
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var request = new HttpRequestMessage(HttpMethod.Get, await ImageAsync(server) + format);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);

        using var image = await server.Http.SendAsync(request);

        Assert.Equal(200, (int)image.StatusCode);
        Assert.Equal(media, image.Content.Headers.ContentType!.ToString());
        Assert.Equal("Accept", image.Headers.Vary.ToString());
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    public async Task A_raster_image_shows_the_line_the_axes_and_the_title(string format)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var bytes = await server.Http.GetByteArrayAsync(await ImageAsync(server) + "&format=" + format);

        using var picture = SKBitmap.Decode(bytes);
        Assert.Equal((1024, 768), (picture.Width, picture.Height));
        Assert.InRange(Pixels(picture, new(0, 100, 1024, 700), pixel => IsNear(pixel, FirstLine)), 200, 50_000);
        Assert.InRange(Pixels(picture, new(0, 0, 300, 50), IsDark), 50, 10_000); // The title.
        Assert.InRange(Pixels(picture, new(0, 690, 1024, 730), IsDark), 50, 10_000); // The dates.
        Assert.True(IsNear(picture.GetPixel(1020, 764), SKColors.White));
    }

    [Fact]
    public async Task An_unknown_image_format_is_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var refused = await server.GetAsync(await ImageAsync(server) + "&format=gif");

        Assert.Equal(400, refused.Status);
        Assert.Contains("format: \"gif\" is not one of jpeg, png, svg", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> ImageAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < 5; i++)
            await ada.RunAsync(new Run("demo", Run.Latencies(("a", 10 + i % 3))) { Hash = Run.Commit(i) });
        var report = await ada.RunAsync(new Run("demo", Run.Latencies(("a", 11))) { Hash = Run.Commit(9) });
        var result = report["results"]![0]![0]!;
        return $"/v0/projects/demo/perf/img?branches={report["branch"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}"
            + $"&benchmarks={result["benchmark"]!["uuid"]}&measures={result["measures"]![0]!["measure"]!["uuid"]}";
    }

    private static int Pixels(SKBitmap picture, SKRectI within, Func<SKColor, bool> counts)
    {
        var count = 0;
        for (var y = within.Top; y < within.Bottom; y++)
        for (var x = within.Left; x < within.Right; x++)
            if (counts(picture.GetPixel(x, y)))
                count++;
        return count;
    }

    private static bool IsDark(SKColor pixel) => pixel.Red + pixel.Green + pixel.Blue < 450;

    private static bool IsNear(SKColor pixel, SKColor other) =>
        Math.Abs(pixel.Red - other.Red) + Math.Abs(pixel.Green - other.Green) + Math.Abs(pixel.Blue - other.Blue) < 90;
}
