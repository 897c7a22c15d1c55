using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Plots;
using Paddock.Server.Http;

namespace Paddock.Server.Console;

/// <summary>The one style of all pages, under a path that changes with it, so that browsers keep it for good.</summary>
internal static class Stylesheet
{
    private static readonly byte[] Content = Load();
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 8));

    public static string Path { get; } = $"/console/assets/console-{Hash}.css";

    // Pages that were loaded before an upgrade ask for the former name: they get today's style, but do not keep it.
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.Get("/console/assets/console-{hash}.css", call => Task.FromResult<Answer>(new StyleAnswer(isCurrent: call.Http.GetRouteValue("hash") as string == Hash)));

    private static byte[] Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("console.css")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd() + PlotStyle.Sheet);
    }

    private sealed class StyleAnswer(bool isCurrent) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            var tag = $"\"{Hash}\"";
            http.Response.Headers.ETag = tag;
            http.Response.Headers.CacheControl = isCurrent ? "public, max-age=31536000, immutable" : "no-cache";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.ContentType = "text/css; charset=utf-8";
            if (http.Request.Headers.IfNoneMatch == tag) http.Response.StatusCode = StatusCodes.Status304NotModified;
            else await http.Response.BodyWriter.WriteAsync(Content, http.RequestAborted);
        }
    }
}
