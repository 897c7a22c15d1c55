using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Keys;

/// <summary>The content of the page of a user's keys.</summary>
public sealed record UserKeysView(string User, string Slug, KeyListView Keys);

/// <summary>The pages of a user's keys and API tokens, for that user and for administrators.</summary>
internal sealed class UserKeyPages(Db db, UserKeyEndpoints keys, TokenEndpoints tokens, TimeProvider time)
{
    private const string Keys = "keys",
        Tokens = "tokens";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<UserKeyPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<UserKeyEndpoints>(routes.ServiceProvider),
            ActivatorUtilities.CreateInstance<TokenEndpoints>(routes.ServiceProvider)
        );
        foreach (var kind in (string[])[Keys, Tokens])
        {
            // The original console has these addresses for the signed-in user.
            routes.Page($"{AdminPaths.Users}/{kind}", By.User, (_, caller) =>
                Task.FromResult(Pages.Redirect(Address(caller.User.Slug, kind)))
            );
            var path = $"{AdminPaths.Users}/{{user}}/{kind}";
            foreach (var form in (string[])[path, path + "/add"])
                routes.Page(form, OnUser.SelfOrAdmin, (call, granted) =>
                    pages.ViewAsync(call, granted, kind, KeyListView.Standard)
                );
            routes.Form(
                path,
                UserCredentials.New,
                (call, granted, fields) => pages.CreateAsync(call, granted, kind, fields),
                (call, granted, form) => pages.ViewAsync(call, granted, kind, form)
            );
            routes.Act(path + "/{key}/rename", UserCredentials.OnKey, (call, granted, fields) =>
                pages.RenameAsync(call, granted, kind, fields)
            );
            routes.Act(path + "/{key}/revoke", UserCredentials.OnKey, (call, granted, _) =>
                pages.RevokeAsync(call, granted, kind)
            );
        }
    }

    private Task<Answer> ViewAsync(Call call, UserGrant granted, string kind, FormState form) =>
        ShowAsync(call, granted, kind, form, made: null, text: null);

    private async Task<Answer> CreateAsync(Call call, UserGrant granted, string kind, FormFields fields)
    {
        var asked = call.With(KeyForm.Read(fields));
        if (kind == Tokens)
        {
            var token = await tokens.MakeAsync(asked, granted);
            return await ShowAsync(call, granted, kind, KeyListView.Standard, token.Name, token.Text);
        }
        var key = await keys.MakeAsync(asked, granted);
        return await ShowAsync(call, granted, kind, KeyListView.Standard, key.Name, key.Key);
    }

    private async Task<Answer> RenameAsync(Call call, UserGrant granted, string kind, FormFields fields)
    {
        var patch = KeyForm.NewName(fields);
        await db.WriteAsync(sql => TableOf(kind).RenameAsync(sql, granted.User.Id, call.PathUuid("key"), patch));
        return Pages.After(Address(granted.User.Slug, kind));
    }

    private async Task<Answer> RevokeAsync(Call call, UserGrant granted, string kind)
    {
        await db.WriteAsync(sql =>
            TableOf(kind).RevokeAsync(sql, granted.User.Id, call.PathUuid("key"), time.GetUtcNow())
        );
        return Pages.After(Address(granted.User.Slug, kind));
    }

    private async Task<Answer> ShowAsync(
        Call call,
        UserGrant granted,
        string kind,
        FormState form,
        string? made,
        string? text
    )
    {
        var user = granted.User;
        var (address, revoked, now) = (Address(user.Slug, kind), call.QueryFlag("revoked"), time.GetUtcNow());
        var (rows, total) = await db.ReadAsync(
            sql =>
                TableOf(kind)
                    .ListAsync(
                        sql,
                        user.Id,
                        new(Name: null, Search: null, revoked, Only: granted.Caller.UserKey),
                        ListPart.PageOf(call),
                        call.Aborted
                    ),
            call.Aborted
        );
        var part = ListPart.Of(call, address, total, KeyValuePair.Create("revoked", revoked ? "true" : null));
        var list = new KeyListView(address, KeyListView.LinesOf(rows, now), part, revoked, made, text, form, now)
        {
            Noun = kind == Tokens ? "token" : "key",
        };
        return Pages.Show<UserKeysPage>(new UserKeysView(user.Name, user.Slug, list), form.IsRefused ? 400 : 200);
    }

    private static KeyTable TableOf(string kind) => kind == Tokens ? KeyTable.OfTokens : KeyTable.OfUsers;

    private static string Address(string slug, string kind) => $"{AdminPaths.Users}/{slug}/{kind}";
}
