using System.Net;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Providers;

/// <summary>
/// The pages for signing in with a provider: <c>/auth/google</c> redirects to the provider, which redirects back to it.
/// </summary>
internal sealed class ProviderPages(ProviderSignIn signIn, BrowserSession browser, BaseOptions options)
{
    private const string Cookie = "paddock-attempt";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ProviderPages>(routes.ServiceProvider);
        foreach (var word in (string[])["github", "google", "oidc"])
            routes.Page($"/auth/{word}", By.Attempt, (call, _) => pages.ShowAsync(call, word));
    }

    private async Task<Answer> ShowAsync(Call call, string word)
    {
        try
        {
            var provider = signIn.Find(word);
            if (call.Query("error") is { } error)
                throw Refusal.NotSignedIn($"{provider.Options.Label} answered: {CodeOf(error)}");
            return call.Query("code") is { } code
                ? await EndAsync(call, provider, code)
                : await BeginAsync(call, provider);
        }
        catch (Refusal refusal)
            when (refusal.Because is Because.NotSignedIn or Because.NotAllowed or Because.Conflict or Because.NeedsPlan)
        {
            return Pages.Show<SignInPage>(
                new SignInView(Next: "", Problem: refusal.Message),
                StatusCodes.Status401Unauthorized
            );
        }
    }

    // The protocol's error codes are words such as access_denied. Anything else is not shown: anybody can write a link
    // to this page, and its text would seem to come from the provider.
    private static string CodeOf(string error) =>
        error.Length <= 64 && error.All(c => char.IsAsciiLetterLower(c) || c == '_') ? error : "an error";

    private async Task<Answer> BeginAsync(Call call, IIdentityProvider provider)
    {
        var (address, attempt) = await signIn.BeginAsync(provider, SignInWish.Of(call), call.Aborted);
        call.Http.Response.Cookies.Append(Cookie, attempt.ToString(), Settings(ProviderSignIn.StateFor));
        return new RedirectAnswer(address);
    }

    // The cookie ties the attempt to this browser. Otherwise a link with an attacker's code could sign the user in as
    // the attacker.
    private async Task<Answer> EndAsync(Call call, IIdentityProvider provider, string code)
    {
        var own = call.Http.Request.Cookies[Cookie];
        call.Http.Response.Cookies.Delete(Cookie, Settings(lifetime: null));
        if (!signIn.IsOf(call.Query("state") ?? "", own))
            throw Refusal.NotSignedIn("This browser has not started this attempt to sign in. Start again.");
        var (user, wish, _) = await signIn.EndAsync(provider, call.Query("state") ?? "", code, call.Aborted);
        await browser.OpenAsync(call, new UserCaller(user, UserKey: null));
        return new OnwardAnswer(SignInPages.LocalPath(wish.Next) is { Length: > 0 } next ? next : AccountPaths.Home);
    }

    // SameSite=Lax, so that the cookie is sent with the provider's redirect.
    private CookieOptions Settings(TimeSpan? lifetime) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Path = "/auth/",
            MaxAge = lifetime,
            Secure = options.ConsoleUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase),
        };

    private sealed class RedirectAnswer(Uri address) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = address.AbsoluteUri;
            http.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }
    }

    // The SameSite=Strict session cookie is not sent on a redirect chain that began at another site, so the browser
    // continues from a page of this server.
    private sealed class OnwardAnswer(string path) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            http.Response.Headers.CacheControl = "no-store";
            var address = WebUtility.HtmlEncode(path);
            return http.Response.WriteAsync(
                $"<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={address}\"><title>Signed "
                    + $"in</title><p>You are signed in. <a href=\"{address}\">Go on</a></p>"
            );
        }
    }
}
