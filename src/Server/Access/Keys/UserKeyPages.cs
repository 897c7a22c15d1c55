using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Keys;

/// <summary>What the page of a user's keys says.</summary>
public sealed record UserKeysView(string User, KeyListView Keys);

/// <summary>A user's keys in the browser, for that user and for administrators.</summary>
internal sealed class UserKeyPages(Db db, UserKeyEndpoints endpoints, TimeProvider time)
{
    private const string Path = AdminPaths.Users + "/{user}/keys";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<UserKeyPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<UserKeyEndpoints>(routes.ServiceProvider)
        );
        // Other consoles have these addresses for whoever is signed in.
        foreach (var shortcut in (string[])["keys", "tokens"])
            routes.Page($"{AdminPaths.Users}/{shortcut}", By.User, (_, caller) =>
                Task.FromResult(Pages.Redirect(Address(caller.User.Slug)))
            );
        routes.Page(Path, OnUser.SelfOrAdmin, (call, granted) => pages.ViewAsync(call, granted, KeyListView.Standard));
        routes.Page(Path + "/add", OnUser.SelfOrAdmin, (call, granted) =>
            pages.ViewAsync(call, granted, KeyListView.Standard)
        );
        routes.Form(Path, UserKeyEndpoints.NewCredential, pages.CreateAsync, pages.ViewAsync);
        routes.Act(Path + "/{key}/revoke", UserKeyEndpoints.OnKey, pages.RevokeAsync);
    }

    private Task<Answer> ViewAsync(Call call, UserGrant granted, FormState form) =>
        ShowAsync(call, granted, form, made: null, text: null);

    private async Task<Answer> CreateAsync(Call call, UserGrant granted, FormFields fields)
    {
        var made = await endpoints.MakeAsync(call.With(KeyForm.Read(fields)), granted);
        return await ShowAsync(call, granted, KeyListView.Standard, made.Name, made.Key);
    }

    private async Task<Answer> RevokeAsync(Call call, UserGrant granted, FormFields fields)
    {
        await endpoints.DeleteAsync(call, granted, call.PathUuid("key"));
        return Pages.After(Address(granted.User.Slug));
    }

    private async Task<Answer> ShowAsync(Call call, UserGrant granted, FormState form, string? made, string? text)
    {
        var user = granted.User;
        var (address, revoked, now) = (Address(user.Slug), call.QueryFlag("revoked"), time.GetUtcNow());
        var (rows, total) = await db.ReadAsync(
            sql =>
                KeyTable.OfUsers.ListAsync(
                    sql,
                    user.Id,
                    new(Name: null, Search: null, revoked, Only: granted.Caller.UserKey),
                    ListPart.PageOf(call),
                    call.Aborted
                ),
            call.Aborted
        );
        var part = ListPart.Of(call, address, total, KeyValuePair.Create("revoked", revoked ? "true" : null));
        var keys = new KeyListView(address, KeyListView.LinesOf(rows, now), part, revoked, made, text, form, now);
        return Pages.Show<UserKeysPage>(new UserKeysView(user.Name, keys), form.IsRefused ? 400 : 200);
    }

    private static string Address(string slug) => $"{AdminPaths.Users}/{slug}/keys";
}
