using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// The endpoints of open invitations, which an organization's leaders list and revoke. <see cref="MemberEndpoints"/>
/// sends invitations.
/// </summary>
internal sealed class InvitationEndpoints(Db db, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var invitations = ActivatorUtilities.CreateInstance<InvitationEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/organizations/{organization}/invitations", ReadPage, OnOrganization.Hidden, invitations.ListAsync)
            .GivesList<OpenInvitation>();
        routes
            .Delete(
                "/v0/organizations/{organization}/invitations/{invitation}",
                Input.Uuid("invitation"),
                OnOrganization.Hidden,
                invitations.RevokeAsync
            )
            .GivesNothing();
    }

    private static Page ReadPage(Call call)
    {
        Page.Sort(call, "created");
        return Page.Of(call);
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, Page page)
    {
        var organization = granted.Organization;
        var (rows, total) = await db.ReadAsync(
            sql => InvitationTable.ListAsync(sql, organization.Id, page, time.GetUtcNow(), call.Aborted),
            call.Aborted
        );
        return Answer.List(rows, total, Wire.Default.IReadOnlyListOpenInvitation);
    }

    public async Task<Answer> RevokeAsync(Call call, OrganizationGrant granted, Guid invitation)
    {
        var organization = granted.Organization;
        await db.WriteAsync(sql => InvitationTable.RevokeAsync(sql, organization.Id, invitation, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
