using Paddock.Server.Access.Keys;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Sessions;

/// <summary>What the page of signing in and out says.</summary>
/// <param name="Next">The page to go to afterwards, or nothing.</param>
/// <param name="Token">What the link in a mail brought.</param>
/// <param name="Problem">Why it did not work.</param>
/// <param name="Proof">For the form that signs out, where somebody is signed in.</param>
public sealed record SignInView(string Next, string? Token = null, string? Problem = null, string? Proof = null);

/// <summary>Signing in and out with a browser, by a user's key or by the token that came by mail.</summary>
internal sealed class SignInPages(Db db, Callers callers, BrowserSession browser, TokenOwners owners, Jwt jwt)
{
    private const string NextField = "next";
    private static readonly string[] NextRoots = [ProjectPaths.PublicRoot, "/console/", AccountPaths.SignUp + "?", AddressPages.Path + "?"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SignInPages>(routes.ServiceProvider);
        routes.Page(AccountPaths.SignIn, By.Browser, pages.ViewAsync);
        routes.Page("/auth/confirm", By.Browser, ConfirmAsync);
        routes.Form(AccountPaths.SignIn, By.Attempt, pages.SignInAsync);
        routes.Form("/auth/logout", By.Browser, pages.SignOutAsync);
    }

    private Task<Answer> ViewAsync(Call call, UserCaller? user) => Task.FromResult(
        Pages.Show<SignInPage>(new SignInView(Next(call), Proof: user is null ? null : browser.Proof(call))));

    // Who opens the link has to say so once more: programs that look into mail open links too, and another's link must not sign anybody in unasked.
    private static Task<Answer> ConfirmAsync(Call call, UserCaller? user) => Task.FromResult(Pages.Show<SignInPage>(new SignInView(Next: "", Token: call.Query("token"))));

    private async Task<Answer> SignInAsync(Call call, Caller nobody, IFormCollection form)
    {
        var next = LocalPath(form[NextField]);
        try { browser.Open(call, await UserAsync(form["secret"].ToString().Trim(), call.Aborted)); }
        catch (Refusal refusal) when (refusal.Because != Because.TooMany)
        {
            return Pages.Show<SignInPage>(new SignInView(next, Problem: refusal.Message), StatusCodes.Status401Unauthorized);
        }
        return Pages.After(next.Length > 0 ? next : AccountPaths.SignIn);
    }

    private async Task<Answer> SignOutAsync(Call call, UserCaller? user, IFormCollection form)
    {
        browser.Check(call, form["proof"]);
        await browser.CloseAsync(call);
        return Pages.After(AccountPaths.SignIn);
    }

    private async Task<UserCaller> UserAsync(string secret, CancellationToken ct)
    {
        if (Jwt.LooksLikeOne(secret) && jwt.Check(secret, Audience.Auth) is { } claims)
        {
            var user = await db.ReadAsync(sql => owners.FindAsync(sql, claims, ct), ct) ?? throw Refusal.NotFound("user", claims.Subject);
            return user.Locked ? throw Refusal.NotAllowed("This account is locked.") : new(user, UserKey: null);
        }
        if (!Jwt.LooksLikeOne(secret) && !KeyText.IsWellFormed(secret, KeyText.UserPrefix))
            throw Refusal.NotSignedIn($"This is neither a user's key, which begins with {KeyText.UserPrefix}, nor a token. Keys of projects and of runners do not sign anybody in.");
        return (UserCaller)await callers.OfAsync(secret, ct);
    }

    private static string Next(Call call)
    {
        if (call.Query(NextField) is { } next) return LocalPath(next);
        // Of the page that the link to this one was on.
        return Uri.TryCreate(call.Http.Request.Headers.Referer, UriKind.Absolute, out var from) && from.Authority == call.Http.Request.Host.Value ? LocalPath(from.PathAndQuery) : "";
    }

    /// <summary>The path, where it is one of our pages, so that no link leads anywhere else by way of this one.</summary>
    private static string LocalPath(string? path) =>
        path is not null && Array.Exists(NextRoots, root => path.StartsWith(root, StringComparison.Ordinal)) && path.All(c => c is > ' ' and < '\x7f' and not '\\') ? path : "";
}
