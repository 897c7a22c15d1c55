using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Features;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Pages;

/// <summary>
/// Maps pages. They are like other endpoints, but their refusals are shown to people, and the browser's session cookie
/// may identify the caller.
/// </summary>
internal static class Pages
{
    private static readonly FormOptions FormLimits = new()
    {
        ValueCountLimit = 256,
        KeyLengthLimit = 64,
        ValueLengthLimit = 8 << 10,
        BufferBodyLengthLimit = 256 << 10,
    };

    public static void Page<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> page
    )
    {
        var admit = rule.On(routes.ServiceProvider);
        routes
            .MapUnguarded("GET", path, call =>
                AnswerAsync(call, async shown => await page(shown, await shown.PassAsync(admit)))
            )
            .Declares(rule);
    }

    /// <summary>Maps the target of a page's form. A form from another site's page is refused.</summary>
    public static void Form<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, IFormCollection, Task<Answer>> act
    )
    {
        var options = routes.ServiceProvider.GetRequiredService<BaseOptions>();
        var admit = rule.On(routes.ServiceProvider);
        routes
            .MapUnguarded("POST", path, call => AnswerAsync(call, async page =>
                {
                    if (!IsOwn(page.Http.Request, options))
                        throw Refusal.NotAllowed("This form did not come from a page of this server.");
                    var found = await page.PassAsync(admit);
                    return await act(page, found, await ReadAsync(page.Http.Request));
                }))
            .Declares(rule);
    }

    /// <param name="asksAgain">True to make the browser request the page again, from this page; see
    /// <see cref="IsLinkFromElsewhere"/>.</param>
    public static Answer Show<TPage>(object view, int status = StatusCodes.Status200OK, bool asksAgain = false)
        where TPage : IComponent => new PageAnswer<TPage>(status, new() { ["View"] = view }) { AsksAgain = asksAgain };

    /// <summary>Shows a page that updates itself.</summary>
    public static Answer ShowLive<TPage>(object view)
        where TPage : IComponent =>
        new PageAnswer<TPage>(StatusCodes.Status200OK, new() { ["View"] = view }) { IsLive = true };

    /// <summary>Shows a page that other sites may embed in a frame.</summary>
    public static Answer ShowFramed<TPage>(object view)
        where TPage : IComponent =>
        new PageAnswer<TPage>(StatusCodes.Status200OK, new() { ["View"] = view }) { IsFramed = true };

    public static Answer Redirect(string path) => new RedirectAnswer(path, StatusCodes.Status302Found);

    /// <summary>Redirects to a page by GET after a form was handled.</summary>
    public static Answer After(string path) => new RedirectAnswer(path, StatusCodes.Status303SeeOther);

    /// <summary>Runs a page, and turns its refusals into pages.</summary>
    public static async Task<Answer> AnswerAsync(Call call, Func<Call, Task<Answer>> page)
    {
        CloseToOtherSites(call.Http.Response.Headers);
        try
        {
            return await page(new Call(call.Http, isPage: true));
        }
        catch (Refusal refusal)
        {
            var isForeign = IsLinkFromElsewhere(call.Http.Request);
            if (refusal.Because == Because.NotSignedIn && !isForeign)
                return Redirect(
                    $"{AccountPaths.SignIn}"
                        + $"?next={Uri.EscapeDataString(call.Http.Request.Path + call.Http.Request.QueryString)}"
                );
            if (refusal.RetryAfter is { } after)
                call.Http.Response.Headers.RetryAfter = ((long)Math.Ceiling(after.TotalSeconds)).ToString(
                    System.Globalization.CultureInfo.InvariantCulture
                );
            return Of(refusal, asksAgain: isForeign && refusal.Because is Because.NotFound or Because.NotSignedIn);
        }
    }

    /// <summary>True when a browser requests a page, as opposed to a program that calls the API.</summary>
    public static bool IsWanted(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>The page for an unknown path.</summary>
    public static Answer NotFound() => Of(Refusal.NotFound("page", named: null), asksAgain: false);

    // Missing and hidden pages must be indistinguishable.
    private static PageAnswer<RefusalPage> Of(Refusal refusal, bool asksAgain)
    {
        var status = ApiMiddleware.Status(refusal.Because);
        var (heading, text) = refusal.Because switch
        {
            Because.NotFound => ("Not found", "There is nothing at this address, or you may not see it."),
            Because.BadInput => ("This address is not valid", refusal.Message),
            _ => ("Not possible", refusal.Message),
        };
        return new(status, new() { [nameof(RefusalPage.Heading)] = heading, [nameof(RefusalPage.Text)] = text })
        {
            AsksAgain = asksAgain,
        };
    }

    /// <summary>
    /// Removes the API's CORS headers. Pages are for people and show private data, so other sites must not read them.
    /// </summary>
    public static void CloseToOtherSites(IHeaderDictionary headers)
    {
        headers.Remove("Access-Control-Allow-Origin");
        headers.Remove("Access-Control-Allow-Methods");
        headers.Remove("Access-Control-Allow-Headers");
        headers.Remove("Access-Control-Expose-Headers");
    }

    /// <summary>
    /// True when the request follows a link on another site. The browser then sends no cookie, so a signed-in user
    /// appears anonymous at first.
    /// </summary>
    public static bool IsLinkFromElsewhere(HttpRequest request) =>
        request.Method == HttpMethods.Get
        && request.Headers["Sec-Fetch-Site"] == "cross-site"
        && request.Headers["Sec-Fetch-Mode"] == "navigate";

    // Compares the scheme too. Otherwise an attacker between the browser and a plain HTTP page of the same host could
    // post to the HTTPS site. If the host is the one in the settings, the settings decide its scheme.
    private static bool IsOwn(HttpRequest request, BaseOptions options)
    {
        if (!Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin))
            return false;
        var console = new Uri(options.ConsoleUrl);
        if (IsSame(origin.Authority, console.Authority))
            return origin.Scheme == console.Scheme;
        return IsSame(origin.Authority, request.Host.Value)
            && origin.Scheme
                == (
                    ClientAddress.IsSecure(request.HttpContext, options.TrustedProxies)
                        ? Uri.UriSchemeHttps
                        : Uri.UriSchemeHttp
                );
    }

    private static bool IsSame(string authority, string? other) =>
        string.Equals(authority, other, StringComparison.OrdinalIgnoreCase);

    private static async Task<IFormCollection> ReadAsync(HttpRequest request)
    {
        if (
            request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            is not true
        )
            throw Refusal.BadInput("A form of a page is sent as application/x-www-form-urlencoded.");
        try
        {
            return await request.ReadFormAsync(FormLimits);
        }
        catch (InvalidDataException e)
        {
            throw Refusal.BadInput("This is not a form of a page: " + e.Message);
        }
    }

    private sealed class RedirectAnswer(string path, int status) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.Redirect(path);
            http.Response.StatusCode = status;
            http.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
    }
}
