using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Users;

internal sealed class UserEndpoints(
    Db db,
    AddressChange address,
    IMailer mailer,
    RateLimiters limits,
    TimeProvider time
)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var users = ActivatorUtilities.CreateInstance<UserEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/users", MemberList.Of, By.Admin, users.ListAsync).GivesList<User>();
        routes.Get("/v0/users/{user}", OnUser.SelfOrAdmin, ViewAsync).Gives<User>();
        routes
            .Patch("/v0/users/{user}", Input.Id("user"), OnUser.Session, users.UpdateAsync)
            .Takes<UserPatch>()
            .Gives<User>();
    }

    private async Task<Answer> ListAsync(Call call, UserCaller admin, MemberList asked)
    {
        var (page, name, search) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => UserTable.ListAsync(sql, name, search, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListUser);
    }

    private static Task<Answer> ViewAsync(Call call, UserGrant granted) =>
        Task.FromResult(Answer.Ok(granted.User.ToWire(), Wire.Default.User));

    public async Task<Answer> UpdateAsync(Call call, UserGrant granted, ResourceId id)
    {
        var caller = granted.Caller;
        var patch = await call.BodyAsync(Wire.Default.UserPatch);
        if (patch is not { Admin: null, Locked: null } && !caller.User.Admin)
            throw Refusal.NotAllowed("admin, locked: only an administrator of this server may set these");
        if (patch.Email is not null)
            limits.Invite(caller.User); // The change sends mail to an arbitrary address.
        var changed = await mailer.SendAsync<UserRow>(async sql =>
        {
            var (user, now) = (
                await UserTable.FindAsync(sql, id) ?? throw Refusal.NotFound("user", id),
                time.GetUtcNow()
            );
            var isOwn = user.Id == caller.User.Id;
            var wanted =
                isOwn && patch.Email is { } email ? await AddressChange.RequestAsync(sql, user, email, now) : null;
            var moved =
                isOwn || patch.Email is null ? user : await AddressChange.ApplyAsync(sql, user, patch.Email.Value, now);
            var updated = await UserTable.UpdateAsync(sql, moved, patch, now);
            IReadOnlyList<Mail> mails =
                wanted is { } change ? address.Wish(updated, patch.Email!, change)
                : updated.Email != user.Email ? [MailText.AddressChanged(user.Email, updated)]
                : [];
            return (updated, mails);
        });
        return Answer.Ok(changed.ToWire(), Wire.Default.User);
    }
}
