using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>Renders a component as a complete page, once, on the server.</summary>
internal sealed class PageAnswer<TPage>(int status, Dictionary<string, object> values) : Answer
    where TPage : IComponent
{
    // Defense in depth: if unencoded text ever reaches a page, it can still neither run nor load anything.
    private const string ContentPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors ";

    /// <summary>
    /// True when the page has a script that connects to the server, such as <see cref="Asset.Live"/>.
    /// </summary>
    public bool IsLive { get; init; }

    /// <summary>True when pages of other sites may embed the page in a frame.</summary>
    public bool IsFramed { get; init; }

    /// <summary>
    /// True to make the browser request the page again at once. That request comes from this site, no longer from the
    /// site with the link, so it carries the cookie.
    /// </summary>
    public bool AsksAgain { get; init; }

    public override async Task WriteAsync(HttpContext http)
    {
        await using var renderer = new HtmlRenderer(
            http.RequestServices,
            http.RequestServices.GetRequiredService<ILoggerFactory>()
        );
        var html = new StringBuilder(64 * 1024);
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<PageRoot>(
                ParameterView.FromDictionary(
                    new Dictionary<string, object?>
                    {
                        [nameof(PageRoot.Page)] = typeof(TPage),
                        [nameof(PageRoot.Values)] = values,
                        [nameof(PageRoot.Viewer)] = http.Features.Get<Viewer>(),
                        [nameof(PageRoot.Rights)] = http.Features.Get<ProjectRights>(),
                    }
                )
            );
            page.WriteHtmlTo(new StringWriter(html));
        });

        var headers = http.Response.Headers;
        var policy = ContentPolicy + (IsFramed ? "*" : "'self'");
        headers.ContentSecurityPolicy = policy + "; script-src 'self'" + (IsLive ? "; connect-src 'self'" : "");
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "private, no-cache"; // Access to the page depends on the viewer.
        if (AsksAgain)
            headers["Refresh"] = "0";
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        Encode(html, http.Response.BodyWriter);
        await FinishAsync(http, http.RequestAborted);
    }

    private static void Encode(StringBuilder html, System.IO.Pipelines.PipeWriter output)
    {
        // One encoder for all chunks, because a surrogate pair may be split between two.
        var encoder = Encoding.UTF8.GetEncoder();
        foreach (var chunk in html.GetChunks())
            encoder.Convert(chunk.Span, output, flush: false, out _, out _);
        encoder.Convert([], output, flush: true, out _, out _);
    }
}
