using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// A static file that pages load. Its path contains a hash of its content, so browsers cache it forever.
/// </summary>
internal sealed class Asset
{
    /// <summary>The style sheet of all pages.</summary>
    public static readonly Asset Style = new("console", "css", "text/css", Read("console.css") + PlotStyle.Sheet);

    /// <summary>The script that keeps a live page up to date.</summary>
    public static readonly Asset Live = new("live", "js", "text/javascript", Read("live.js"));

    /// <summary>The script for the keyboard shortcuts of all pages.</summary>
    public static readonly Asset Keys = new("keys", "js", "text/javascript", Read("keys.js"));

    /// <summary>The script of the interactive plot (zoom, pointer).</summary>
    public static readonly Asset Explorer = new("explorer", "js", "text/javascript", Read("explorer.js"));
    public static readonly Asset ExplorerStyle = new("explorer", "css", "text/css", Read("explorer.css"));

    private readonly string name;
    private readonly string extension;
    private readonly string contentType;
    private readonly byte[] content;
    private readonly Lazy<byte[]> packed; // A server that nobody's browser visits does not compress anything.
    private readonly string hash;

    private Asset(string name, string extension, string contentType, string text)
    {
        (this.name, this.extension, this.contentType, content) = (
            name,
            extension,
            contentType,
            Encoding.UTF8.GetBytes(text)
        );
        hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
        packed = new(() => Packed(content));
    }

    public string Path => $"/console/assets/{name}-{hash}.{extension}";

    public static void MapAll(IEndpointRouteBuilder routes)
    {
        Style.Map(routes);
        Live.Map(routes);
        Keys.Map(routes);
        Explorer.Map(routes);
        ExplorerStyle.Map(routes);
    }

    // Pages loaded before an upgrade request the former hash. They get the current file, but must not cache it.
    private void Map(IEndpointRouteBuilder routes) =>
        routes.Get($"/console/assets/{name}-{{hash}}.{extension}", AccessRule.Anybody, call =>
            Task.FromResult<Answer>(new AssetAnswer(this, isCurrent: call.Http.GetRouteValue("hash") as string == hash))
        );

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(
            Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!,
            Encoding.UTF8
        );
        return reader.ReadToEnd();
    }

    private sealed class AssetAnswer(Asset asset, bool isCurrent) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            // Compression is safe here: assets contain no secret that the compressed size could reveal.
            var isPacked = http
                .Request.GetTypedHeaders()
                .AcceptEncoding.Any(one => one.Value == "gzip" && one.Quality is null or > 0);
            var tag = $"\"{asset.hash}{(isPacked ? "-gzip" : "")}\"";
            Pages.CloseToOtherSites(http.Response.Headers);
            http.Response.Headers.ETag = tag;
            http.Response.Headers.CacheControl = isCurrent ? "public, max-age=31536000, immutable" : "no-cache";
            http.Response.Headers.Vary = "Accept-Encoding";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.ContentType = $"{asset.contentType}; charset=utf-8";
            if (http.Request.Headers.IfNoneMatch == tag)
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            if (isPacked)
                http.Response.Headers.ContentEncoding = "gzip";
            await http.Response.BodyWriter.WriteAsync(
                isPacked ? asset.packed.Value : asset.content,
                http.RequestAborted
            );
        }
    }
}
