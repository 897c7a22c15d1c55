using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>The query of a list of members or users.</summary>
internal sealed record MemberList(Page Page, UserName? Name, string? Search)
{
    public static MemberList Of(Call call)
    {
        Page.Sort(call, "name");
        return new(Page.Of(call), call.Query<UserName>("name"), call.Query("search"));
    }
}

internal sealed class MemberEndpoints(
    Db db,
    Jwt jwt,
    MailText text,
    IMailer mailer,
    ListLimits limits,
    TimeProvider time
)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var members = ActivatorUtilities.CreateInstance<MemberEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/organizations/{organization}/members", MemberList.Of, OnOrganization.Hidden, members.ListAsync)
            .GivesList<Member>();
        routes
            .Post(
                "/v0/organizations/{organization}/members",
                OnOrganization.Inviting(OnOrganization.Open(Permission.CreateRole)),
                members.InviteAsync
            )
            .Takes<NewMember>()
            .Gives<AuthAck>(202);
        routes
            .Get(
                "/v0/organizations/{organization}/members/{user}",
                Input.Id("user"),
                OnOrganization.Hidden,
                members.ViewAsync
            )
            .Gives<Member>();
        routes
            .Patch(
                "/v0/organizations/{organization}/members/{user}",
                Input.Id("user"),
                OnOrganization.Hidden,
                members.UpdateAsync
            )
            .Takes<MemberPatch>()
            .Gives<Member>();
        routes
            .Delete(
                "/v0/organizations/{organization}/members/{user}",
                Input.Id("user"),
                OnOrganization.Hidden,
                members.DeleteAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, MemberList asked)
    {
        var ((page, name, search), organization) = (asked, granted.Organization);
        var (rows, total) = await db.ReadAsync(
            sql => MemberTable.ListAsync(sql, organization.Id, name, search, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows, total, Wire.Default.IReadOnlyListMember);
    }

    public async Task<Answer> InviteAsync(Call call, OrganizationGrant granted)
    {
        var (organization, caller) = granted;
        var invited = await call.BodyAsync(Wire.Default.NewMember);
        var email = invited.Email.Value;
        await mailer.SendAsync<Guid>(async sql =>
        {
            var user = await UserTable.ByEmailAsync(sql, email);
            var invitation = await InvitationTable.InsertAsync(
                sql,
                organization.Id,
                caller.User,
                invited,
                user,
                limits,
                time.GetUtcNow()
            );
            var mail = text.Invitation(
                email,
                invited.Name?.Value,
                caller.User.Name,
                organization.Name,
                user is not null,
                jwt.SignInvitation(email, organization.Uuid, invitation)
            );
            return (invitation, [mail]);
        });
        return Answer.Accepted(new AuthAck(email), Wire.Default.AuthAck);
    }

    private async Task<Answer> ViewAsync(Call call, OrganizationGrant granted, ResourceId user)
    {
        var organization = granted.Organization;
        var member = await db.ReadAsync(
            sql => MemberTable.FindAsync(sql, organization.Id, user, call.Aborted),
            call.Aborted
        ) ?? throw Refusal.NotFound("member", user);
        return Answer.Ok(member, Wire.Default.Member);
    }

    private async Task<Answer> UpdateAsync(Call call, OrganizationGrant granted, ResourceId user)
    {
        var organization = granted.Organization;
        var patch = await call.BodyAsync(Wire.Default.MemberPatch);
        var member = await db.WriteAsync(sql =>
            MemberTable.UpdateAsync(sql, organization.Id, user, patch, time.GetUtcNow())
        );
        return Answer.Ok(member, Wire.Default.Member);
    }

    public async Task<Answer> DeleteAsync(Call call, OrganizationGrant granted, ResourceId user)
    {
        var organization = granted.Organization;
        await db.WriteAsync(sql => MemberTable.DeleteAsync(sql, organization, user, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
