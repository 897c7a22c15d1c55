using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>A component as a whole page. It is rendered once, on the server.</summary>
internal sealed class PageAnswer<TPage>(int status, Dictionary<string, object> values) : Answer
    where TPage : IComponent
{
    // Should something slip through unencoded one day, it can still neither run nor load anything.
    private const string ContentPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors ";

    /// <summary>
    /// Whether the page has a script of ours, such as <see cref="Asset.Live"/>; any other page comes without.
    /// </summary>
    public bool IsLive { get; init; }

    /// <summary>Whether pages of other sites may show it in a frame.</summary>
    public bool IsFramed { get; init; }

    /// <summary>
    /// Whether the browser is to ask once more: then from this page, no longer from the site that a link was on.
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
        headers.CacheControl = "private, no-cache"; // Whether it may be seen depends on who asks.
        if (AsksAgain)
            headers["Refresh"] = "0";
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        Encode(html, http.Response.BodyWriter);
        await FinishAsync(http, http.RequestAborted);
    }

    private static void Encode(StringBuilder html, System.IO.Pipelines.PipeWriter output)
    {
        var encoder = Encoding.UTF8.GetEncoder(); // A pair of surrogates may be split between two chunks.
        foreach (var chunk in html.GetChunks())
            encoder.Convert(chunk.Span, output, flush: false, out _, out _);
        encoder.Convert([], output, flush: true, out _, out _);
    }
}
