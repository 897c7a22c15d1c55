using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Users;

/// <param name="Problem">Why the setup failed.</param>
public sealed record SetupView(string Token = "", string Name = "", string Email = "", string? Problem = null);

/// <summary>
/// The page on which the operator of a new server becomes its administrator, with the token from its log.
/// </summary>
internal sealed class SetupPages(FirstAdmin firstAdmin, BrowserSession browser)
{
    public const string Path = "/auth/setup";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SetupPages>(routes.ServiceProvider);
        routes.Page(Path, By.Nobody, ViewAsync);
        routes.Form(Path, By.Attempt, pages.SetUpAsync);
    }

    private static Task<Answer> ViewAsync(Call call, Caller nobody) =>
        Task.FromResult(Pages.Show<SetupPage>(new SetupView()));

    private async Task<Answer> SetUpAsync(Call call, Caller nobody, IFormCollection form)
    {
        var view = new SetupView(
            form["token"].ToString().Trim(),
            form["name"].ToString().Trim(),
            form["email"].ToString().Trim()
        );
        try
        {
            await browser.OpenAsync(call, new UserCaller(await firstAdmin.RunAsync(Read(view)), UserKey: null));
        }
        catch (Refusal refusal) when (refusal.Because != Because.TooMany)
        {
            return Pages.Show<SetupPage>(
                view with
                {
                    Problem = refusal.Message,
                },
                ApiMiddleware.Status(refusal.Because)
            );
        }
        return Pages.After(AccountPaths.SignIn);
    }

    private static Setup Read(SetupView view) =>
        new(
            view.Token,
            UserName.TryParse(view.Name, out var name)
                ? name
                : throw Refusal.BadInput($"Name: {Text.Refusal<UserName>(view.Name)}"),
            Core.Names.Email.TryParse(view.Email, out var email)
                ? email
                : throw Refusal.BadInput($"E-mail: {Text.Refusal<Email>(view.Email)}")
        );
}
