using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>Invitations that were sent and not answered: its leaders see and revoke them. <see cref="MemberEndpoints"/> sends them.</summary>
internal sealed class InvitationEndpoints(Db db, OrganizationAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var invitations = ActivatorUtilities.CreateInstance<InvitationEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/organizations/{organization}/invitations", invitations.ListAsync).GivesList<OpenInvitation>();
        routes.Delete("/v0/organizations/{organization}/invitations/{invitation}", invitations.RevokeAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var page = Page.Of(call);
        Page.Sort(call, "created");
        var (organization, _) = await access.HiddenAsync(call);
        var (rows, total) = await db.ReadAsync(sql => InvitationTable.ListAsync(sql, organization.Id, page, time.GetUtcNow(), call.Aborted), call.Aborted);
        return Answer.List(rows, total, Wire.Default.IReadOnlyListOpenInvitation);
    }

    private async Task<Answer> RevokeAsync(Call call)
    {
        var invitation = call.PathUuid("invitation");
        var (organization, _) = await access.HiddenAsync(call);
        await db.WriteAsync(sql => InvitationTable.RevokeAsync(sql, organization.Id, invitation, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
