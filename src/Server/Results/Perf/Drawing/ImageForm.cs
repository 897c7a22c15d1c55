using Microsoft.Net.Http.Headers;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>The image formats of a plot; the first one is v0's.</summary>
internal enum ImageForm
{
    Jpeg,
    Png,
    Svg,
}

/// <summary>Selects the image format for a request.</summary>
internal static class ImageForms
{
    public static string MediaOf(ImageForm form) =>
        form switch
        {
            ImageForm.Jpeg => "image/jpeg",
            ImageForm.Png => "image/png",
            ImageForm.Svg => "image/svg+xml",
        };

    /// <summary>
    /// Reads the query parameter <c>format</c>; else takes the format that the Accept header prefers; else JPEG.
    /// </summary>
    public static ImageForm Of(Call call) =>
        call.Query("format", ["jpeg", "png", "svg"]) switch
        {
            null or "" => Accepted([.. call.Http.Request.GetTypedHeaders().Accept]),
            "jpeg" => ImageForm.Jpeg,
            "png" => ImageForm.Png,
            "svg" => ImageForm.Svg,
            var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is not one of jpeg, png, svg"),
        };

    // Equal preferences go to the earlier format, since browsers list SVG beside image/*.
    private static ImageForm Accepted(IReadOnlyList<MediaTypeHeaderValue> accepted) =>
        Enum.GetValues<ImageForm>().MaxBy(form => Liking(accepted, MediaOf(form)));

    // The most specific range sets the preference: image/png;q=0 beside */* excludes PNG.
    private static double Liking(IReadOnlyList<MediaTypeHeaderValue> accepted, string media) =>
        accepted
            .Where(range => new MediaTypeHeaderValue(media).IsSubsetOf(range))
            .OrderBy(range =>
                range.MatchesAllTypes ? 2
                : range.MatchesAllSubTypes ? 1
                : 0
            )
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();
}
