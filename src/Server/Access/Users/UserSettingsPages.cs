using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Users;

/// <summary>The content of a user's settings page.</summary>
/// <param name="IsOwn">False when an administrator views another user's settings.</param>
/// <param name="IsSaved">True just after the settings were changed.</param>
/// <param name="Wanted">The new address to which a confirmation mail was just sent.</param>
public sealed record UserSettingsView(User User, bool IsOwn, bool IsSaved, string? Wanted, FormState Form)
{
    public string Address => $"{AdminPaths.Users}/{User.Slug}/settings";
}

/// <summary>The settings page of a user: name, slug and address.</summary>
internal sealed class UserSettingsPages(UserEndpoints endpoints)
{
    private const string Path = AdminPaths.Users + "/{user}/settings";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<UserSettingsPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<UserEndpoints>(routes.ServiceProvider)
        );
        foreach (var shortcut in (string[])[AccountPaths.Settings, AdminPaths.Users + "/help"])
            routes.Page(shortcut, By.User, (_, caller) =>
                Task.FromResult(Pages.Redirect($"{AdminPaths.Users}/{caller.User.Slug}/settings"))
            );
        routes.Page(Path, OnUser.SelfOrAdmin, (call, granted) =>
            Show(granted, FormState.Empty, isSaved: call.Query("saved") is not null, wanted: null)
        );
        routes.Form(Path, OnUser.Session, pages.UpdateAsync, (_, granted, state) =>
            Show(granted, state, isSaved: false, wanted: null)
        );
    }

    private static Task<Answer> Show(UserGrant granted, FormState form, bool isSaved, string? wanted)
    {
        var (user, caller) = granted;
        var view = new UserSettingsView(user.ToWire(), user.Id == caller.User.Id, isSaved, wanted, form);
        return Task.FromResult(Pages.Show<UserSettingsPage>(view, form.IsRefused ? 400 : 200));
    }

    private async Task<Answer> UpdateAsync(Call call, UserGrant granted, FormFields fields)
    {
        var (user, caller) = granted;
        var (name, slug, email) = (
            fields.Required<UserName>("name"),
            fields.Required<Slug>("slug"),
            fields.Required<Email>("email")
        );
        fields.Check();
        var moves = email.Value != user.Email;
        await endpoints.UpdateAsync(
            call.With(new UserPatch(name, slug, moves ? email : null)),
            granted,
            ResourceId.Of(user.Uuid)
        );
        // A user's own address changes only through the confirmation mail.
        if (moves && user.Id == caller.User.Id && slug.Value == user.Slug)
            return await Show(granted, FormState.Empty, isSaved: true, email.Value);
        return Pages.After($"{AdminPaths.Users}/{slug.Value}/settings?saved=1");
    }
}
