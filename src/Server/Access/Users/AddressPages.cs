using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Users;

/// <param name="Proof">The CSRF token of the form, if a user is signed in.</param>
/// <param name="Address">The new address, once it is confirmed.</param>
public sealed record AddressView(string Token, string? Proof = null, string? Problem = null, string? Address = null);

/// <summary>
/// The page opened by the link in the mail to a new address. The user must confirm there, since programs open links
/// too.
/// </summary>
internal sealed class AddressPages(AddressChange change, BrowserSession browser)
{
    public const string Path = "/auth/email";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<AddressPages>(routes.ServiceProvider);
        routes.Page(Path, By.User, pages.ViewAsync);
        routes.Form(Path, By.UserAttempt, pages.ConfirmAsync);
    }

    private Task<Answer> ViewAsync(Call call, UserCaller caller) =>
        Task.FromResult(Pages.Show<AddressPage>(new AddressView(call.Query("token") ?? "", browser.Proof(call))));

    private async Task<Answer> ConfirmAsync(Call call, UserCaller caller, IFormCollection form)
    {
        browser.Check(call, form["proof"]);
        var view = new AddressView(form["token"].ToString(), browser.Proof(call));
        try
        {
            var user = await change.ConfirmAsync(view.Token, UserAccess.Session(caller));
            await browser.OpenAsync(call, new UserCaller(user, UserKey: null));
            return Pages.Show<AddressPage>(view with { Address = user.Email });
        }
        catch (Refusal refusal) when (refusal.Because != Because.TooMany)
        {
            return Pages.Show<AddressPage>(
                view with
                {
                    Problem = refusal.Message,
                },
                ApiMiddleware.Status(refusal.Because)
            );
        }
    }
}
