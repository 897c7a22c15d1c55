using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Access.Organizations;

internal sealed class MemberEndpoints(Db db, OrganizationAccess access, Jwt jwt, MailText text, LogMailer mailer, RateLimiters limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var members = ActivatorUtilities.CreateInstance<MemberEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/organizations/{organization}/members", members.ListAsync).GivesList<Member>();
        routes.Post("/v0/organizations/{organization}/members", members.InviteAsync).Takes<NewMember>().Gives<AuthAck>(202);
        routes.Get("/v0/organizations/{organization}/members/{user}", members.ViewAsync).Gives<Member>();
        routes.Patch("/v0/organizations/{organization}/members/{user}", members.UpdateAsync).Takes<MemberPatch>().Gives<Member>();
        routes.Delete("/v0/organizations/{organization}/members/{user}", members.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, name, search) = (Page.Of(call), call.Query<UserName>("name"), call.Query("search"));
        Page.Sort(call, "name");
        var (organization, _) = await access.HiddenAsync(call);
        var (rows, total) = await db.ReadAsync(sql => MemberTable.ListAsync(sql, organization.Id, name, search, page, call.Aborted), call.Aborted);
        return Answer.List(rows, total, Wire.Default.IReadOnlyListMember);
    }

    private async Task<Answer> InviteAsync(Call call)
    {
        var (organization, caller) = await access.OpenAsync(call, Permission.CreateRole);
        limits.Invite(caller.User);
        var invited = await call.BodyAsync(Wire.Default.NewMember);
        var email = invited.Email.Value;
        var (invitation, known) = await db.WriteAsync(async sql =>
        {
            var user = await UserTable.ByEmailAsync(sql, email);
            return (await InvitationTable.InsertAsync(sql, organization.Id, caller.User, invited, user, time.GetUtcNow()), user is not null);
        });
        mailer.Send(text.Invitation(email, invited.Name?.Value, caller.User.Name, organization.Name, known, jwt.SignInvitation(email, organization.Uuid, invitation)));
        return Answer.Accepted(new AuthAck(email), Wire.Default.AuthAck);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var user = call.Path<ResourceId>("user");
        var (organization, _) = await access.HiddenAsync(call);
        var member = await db.ReadAsync(sql => MemberTable.FindAsync(sql, organization.Id, user, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("member", user);
        return Answer.Ok(member, Wire.Default.Member);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var user = call.Path<ResourceId>("user");
        var (organization, _) = await access.HiddenAsync(call);
        var patch = await call.BodyAsync(Wire.Default.MemberPatch);
        var member = await db.WriteAsync(sql => MemberTable.UpdateAsync(sql, organization.Id, user, patch, time.GetUtcNow()));
        return Answer.Ok(member, Wire.Default.Member);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var user = call.Path<ResourceId>("user");
        var (organization, _) = await access.HiddenAsync(call);
        await db.WriteAsync(sql => MemberTable.DeleteAsync(sql, organization, user, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
