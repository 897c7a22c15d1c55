using Microsoft.Net.Http.Headers;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>The forms in which a plot is given as an image; the first one is what v0 gives.</summary>
internal enum ImageForm
{
    Jpeg,
    Png,
    Svg,
}

/// <summary>Which form of an image a request wants.</summary>
internal static class ImageForms
{
    public static string MediaOf(ImageForm form) =>
        form switch
        {
            ImageForm.Jpeg => "image/jpeg",
            ImageForm.Png => "image/png",
            ImageForm.Svg => "image/svg+xml",
        };

    /// <summary>The query parameter <c>format</c>, else what the Accept header likes best, else JPEG.</summary>
    public static ImageForm Of(Call call) =>
        call.Query("format", ["jpeg", "png", "svg"]) switch
        {
            null or "" => Accepted([.. call.Http.Request.GetTypedHeaders().Accept]),
            "jpeg" => ImageForm.Jpeg,
            "png" => ImageForm.Png,
            "svg" => ImageForm.Svg,
            var other => throw Call.BadQuery("format", $"{Text.Quote(other)} is not one of jpeg, png, svg"),
        };

    // Of several that are liked as well as each other, the first one: browsers name SVG beside image/*.
    private static ImageForm Accepted(IReadOnlyList<MediaTypeHeaderValue> accepted) =>
        Enum.GetValues<ImageForm>().MaxBy(form => Liking(accepted, MediaOf(form)));

    // The range that fits most closely says how much: image/png;q=0 beside */* means no PNG.
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
