using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Sessions;

/// <summary>The content of the page for signing in and out.</summary>
/// <param name="Next">The page to go to afterwards; empty for none.</param>
/// <param name="Token">The token from the link in a mail.</param>
/// <param name="Problem">Why signing in failed.</param>
/// <param name="Proof">The CSRF token of the sign-out form, if a user is signed in.</param>
/// <param name="SentTo">The address to which the mail with the link was sent; null before.</param>
/// <param name="Invite">The invitation from the link in a mail.</param>
/// <param name="InvitedTo">The organization that the invitation is for; null when it is not valid.</param>
public sealed record SignInView(
    string Next,
    string? Token = null,
    string? Problem = null,
    string? Proof = null,
    string? SentTo = null,
    string? Invite = null,
    string? InvitedTo = null,
    string? MailProblem = null,
    string Email = ""
);

/// <summary>The pages for signing in and out with a browser, with a user's key or the token sent by mail.</summary>
internal sealed class SignInPages(
    Db db,
    Callers callers,
    BrowserSession browser,
    TokenOwners owners,
    Jwt jwt,
    AuthEndpoints endpoints,
    TimeProvider time
)
{
    public const string MailPath = "/auth/login/mail";
    public const string AcceptPath = "/auth/accept";
    private const string NextField = "next";
    private static readonly string[] NextRoots =
    [
        ProjectPaths.PublicRoot,
        "/console/",
        AccountPaths.SignUp + "?",
        AddressPages.Path + "?",
        AccountPaths.SignIn + "?invite=",
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SignInPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<AuthEndpoints>(routes.ServiceProvider)
        );
        routes.Page(AccountPaths.SignIn, By.Browser, pages.ViewAsync);
        routes.Page("/auth/confirm", By.Browser, ConfirmAsync);
        routes.Form(AccountPaths.SignIn, By.Attempt, pages.SignInAsync);
        routes.Form(AccountPaths.SignOut, By.Browser, pages.SignOutAsync);
        routes.Form(MailPath, By.Attempt, pages.MailAsync);
        routes.Form(AcceptPath, By.User, pages.AcceptAsync);
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller? user)
    {
        var view = new SignInView(Next(call), Proof: user is null ? null : browser.Proof(call));
        if (call.Query("invite") is { Length: > 0 } invite)
            view = await WithInviteAsync(view, invite, call.Aborted);
        return Pages.Show<SignInPage>(
            view,
            asksAgain: user is null && view.Invite is not null && Pages.IsLinkFromElsewhere(call.Http.Request)
        );
    }

    // The organization's name is shown only to a caller who has the invitation.
    private async Task<SignInView> WithInviteAsync(SignInView view, string invite, CancellationToken ct)
    {
        var claims = Jwt.LooksLikeOne(invite) ? jwt.Check(invite, Audience.Invite) : null;
        var name = claims?.Organization is { } uuid
            ? (await db.ReadAsync(sql => OrganizationTable.FindAsync(sql, ResourceId.Of(uuid), ct), ct))?.Name
            : null;
        return view with { Invite = invite, InvitedTo = name, Email = claims?.Subject ?? "" };
    }

    /// <summary>
    /// Sends the sign-in mail. The answer does not reveal whether the account exists; only the mail does.
    /// </summary>
    private async Task<Answer> MailAsync(Call call, Caller nobody, IFormCollection form)
    {
        var (next, text) = (LocalPath(form[NextField]), form["email"].ToString().Trim());
        var invite = form["invite"].ToString() is { Length: > 0 } given ? given : null;
        var view = new SignInView(next, Email: text);
        if (invite is not null)
            view = await WithInviteAsync(view, invite, call.Aborted) with { Email = text };
        if (!Email.TryParse(text, out var email))
            return Pages.Show<SignInPage>(
                view with
                {
                    MailProblem = Text.Refusal<Email>(text),
                },
                StatusCodes.Status400BadRequest
            );
        try
        {
            await endpoints.LoginAsync(call.With(new Login(email, Invite: invite)), nobody);
        }
        catch (Refusal refusal) when (refusal.Because == Because.NotFound && invite is null) { }
        catch (Refusal refusal)
            when (refusal.Because is Because.BadInput or Because.NotSignedIn or Because.Conflict or Because.NotFound)
        {
            return Pages.Show<SignInPage>(
                view with
                {
                    MailProblem = refusal.Message,
                },
                ApiMiddleware.Status(refusal.Because)
            );
        }
        return Pages.Show<SignInPage>(view with { SentTo = text });
    }

    private async Task<Answer> AcceptAsync(Call call, UserCaller caller, IFormCollection form)
    {
        browser.Check(call, form["proof"]);
        var invite = form["invite"].ToString();
        try
        {
            await endpoints.AcceptAsync(call.With(new Accept(invite)), caller);
        }
        catch (Refusal refusal) when (refusal.Because is Because.BadInput or Because.NotSignedIn or Because.Conflict)
        {
            var view = await WithInviteAsync(
                new SignInView(Next: "", Proof: browser.Proof(call)),
                invite,
                call.Aborted
            );
            return Pages.Show<SignInPage>(
                view with
                {
                    MailProblem = refusal.Message,
                },
                ApiMiddleware.Status(refusal.Because)
            );
        }
        return Pages.After(OrganizationPaths.All);
    }

    // The user must confirm after opening the link: mail scanners open links too, and an attacker's link must not sign
    // anybody in unasked.
    private static Task<Answer> ConfirmAsync(Call call, UserCaller? user) =>
        Task.FromResult(Pages.Show<SignInPage>(new SignInView(Next: "", Token: call.Query("token"))));

    private async Task<Answer> SignInAsync(Call call, Caller nobody, IFormCollection form)
    {
        var next = LocalPath(form[NextField]);
        try
        {
            await browser.OpenAsync(call, await UserAsync(form["secret"].ToString().Trim(), call.Aborted));
        }
        catch (Refusal refusal) when (refusal.Because != Because.TooMany)
        {
            return Pages.Show<SignInPage>(
                new SignInView(next, Problem: refusal.Message),
                StatusCodes.Status401Unauthorized
            );
        }
        return Pages.After(next.Length > 0 ? next : AccountPaths.Home);
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
            var user = await db.ReadAsync(sql => owners.FindAsync(sql, claims, ct), ct)
                ?? throw Refusal.NotFound("user", claims.Subject);
            if (user.Locked)
                throw Refusal.NotAllowed("This account is locked.");
            await SsoTable.JoinAsync(db, user, time.GetUtcNow());
            return new(user, UserKey: null);
        }
        if (!Jwt.LooksLikeOne(secret) && !KeyText.IsWellFormed(secret, KeyText.UserPrefix))
            throw Refusal.NotSignedIn(
                $"This is neither a user's key, which begins with {KeyText.UserPrefix}, nor a token. The keys of "
                    + $"projects and runners cannot be used to sign in."
            );
        return (UserCaller)await callers.OfAsync(secret, ct);
    }

    private static string Next(Call call)
    {
        if (call.Query(NextField) is { } next)
            return LocalPath(next);
        // Falls back to the page that linked to this one.
        return
            Uri.TryCreate(call.Http.Request.Headers.Referer, UriKind.Absolute, out var from)
            && from.Authority == call.Http.Request.Host.Value
            ? LocalPath(from.PathAndQuery)
            : "";
    }

    /// <summary>
    /// Returns the path if it is a page of this server, else an empty text. This prevents open redirects.
    /// </summary>
    internal static string LocalPath(string? path) =>
        path is not null
        && Array.Exists(NextRoots, root => path.StartsWith(root, StringComparison.Ordinal))
        && path.All(c => c is > ' ' and < '\x7f' and not '\\')
            ? path
            : "";
}
