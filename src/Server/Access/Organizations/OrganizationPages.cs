using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Organizations;

/// <summary>The content of the list of a user's organizations.</summary>
public sealed record OrganizationsView(
    IReadOnlyList<Organization> Organizations,
    ListPart Part,
    FormState Form,
    DateTimeOffset Now
);

/// <summary>The content of the page of an organization's members.</summary>
/// <param name="Form">The form of an invitation, with its errors if it was refused.</param>
/// <param name="InvitedTo">The address to which an invitation was just sent.</param>
public sealed record MembersView(
    OrganizationPaths Paths,
    string Organization,
    IReadOnlyList<Member> Members,
    ListPart Part,
    IReadOnlyList<OpenInvitation> Invitations,
    FormState Form,
    string? InvitedTo,
    DateTimeOffset Now
);

/// <summary>The content of an organization's settings page.</summary>
/// <param name="Projects">The number of projects that would be deleted with the organization.</param>
public sealed record OrganizationSettingsView(
    OrganizationPaths Paths,
    Organization Organization,
    long Projects,
    long Members,
    FormState Form
);

/// <summary>
/// The pages of organizations: their members, invitations and settings, for leaders. The API's endpoints carry out the
/// forms.
/// </summary>
internal sealed class OrganizationPages(
    Db db,
    OrganizationEndpoints organizations,
    MemberEndpoints members,
    InvitationEndpoints invitations,
    TimeProvider time
)
{
    private const string One = OrganizationPaths.All + "/{organization}";
    private const int InvitationsMax = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var pages = ActivatorUtilities.CreateInstance<OrganizationPages>(
            provider,
            ActivatorUtilities.CreateInstance<OrganizationEndpoints>(provider),
            ActivatorUtilities.CreateInstance<MemberEndpoints>(provider),
            ActivatorUtilities.CreateInstance<InvitationEndpoints>(provider)
        );
        var rule = OnOrganization.Hidden;
        routes.Page(OrganizationPaths.All, By.User, (call, caller) => pages.ListAsync(call, caller, FormState.Empty));
        routes.Form(OrganizationPaths.All, OnOrganization.New, pages.CreateAsync, pages.ListAsync);
        routes.Page(One, rule, (_, granted) => Task.FromResult(Pages.Redirect(PathsOf(granted).Projects)));
        routes.Page(One + "/members", rule, (call, granted) =>
            pages.MembersAsync(call, granted, FormState.Empty, invitedTo: null)
        );
        routes.Page(One + "/members/invite", rule, (call, granted) =>
            pages.MembersAsync(call, granted, FormState.Empty, invitedTo: null)
        );
        routes.Form(One + "/members", OnOrganization.Inviting(rule), pages.InviteAsync, (call, granted, state) =>
            pages.MembersAsync(call, granted, state, invitedTo: null)
        );
        routes.Form(One + "/members/{user}/remove", rule, pages.RemoveAsync, (call, granted, state) =>
            pages.MembersAsync(call, granted, state, invitedTo: null)
        );
        routes.Act(One + "/invitations/{invitation}/revoke", rule, pages.RevokeAsync);
        routes.Page(One + "/settings", rule, (call, granted) => pages.SettingsAsync(call, granted, FormState.Empty));
        routes.Form(One + "/settings", rule, pages.UpdateAsync, pages.SettingsAsync);
        routes.Form(One + "/delete", rule, pages.DeleteAsync, pages.SettingsAsync);
    }

    private static OrganizationPaths PathsOf(OrganizationGrant granted) => new(granted.Organization.Slug);

    private async Task<Answer> ListAsync(Call call, UserCaller caller, FormState form)
    {
        var search = ListPart.SearchOf(call);
        var (rows, total) = await db.ReadAsync(
            sql =>
                OrganizationTable.ListAsync(sql, caller.User, name: null, search, ListPart.PageOf(call), call.Aborted),
            call.Aborted
        );
        var part = ListPart.Of(call, OrganizationPaths.All, total, KeyValuePair.Create("search", search));
        return Pages.Show<OrganizationsPage>(
            new OrganizationsView(rows.ConvertAll(row => row.ToWire()), part, form, time.GetUtcNow()),
            form.IsRefused ? 400 : 200
        );
    }

    private async Task<Answer> CreateAsync(Call call, UserCaller caller, FormFields fields)
    {
        var (name, slug) = (fields.Required<ResourceName>("name"), fields.Optional<Slug>("slug"));
        fields.Check();
        await organizations.CreateAsync(call.With(new NewOrganization(name, slug)), caller);
        return Pages.After(OrganizationPaths.All);
    }

    private async Task<Answer> MembersAsync(Call call, OrganizationGrant granted, FormState form, string? invitedTo)
    {
        var organization = granted.Organization;
        var (paths, search, now) = (PathsOf(granted), ListPart.SearchOf(call), time.GetUtcNow());
        return await db.ReadAsync(
            async sql =>
            {
                var (rows, total) = await MemberTable.ListAsync(
                    sql,
                    organization.Id,
                    name: null,
                    search,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var (open, _) = await InvitationTable.ListAsync(
                    sql,
                    organization.Id,
                    new Page(0, InvitationsMax, Descending: null),
                    now,
                    call.Aborted
                );
                var part = ListPart.Of(call, paths.Members, total, KeyValuePair.Create("search", search));
                return Pages.Show<MembersPage>(
                    new MembersView(paths, organization.Name, rows, part, open, form, invitedTo, now),
                    form.IsRefused ? 400 : 200
                );
            },
            call.Aborted
        );
    }

    private async Task<Answer> InviteAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        var (email, name) = (fields.Required<Email>("email"), fields.Optional<UserName>("name"));
        fields.Check();
        await members.InviteAsync(call.With(new NewMember(email, OrganizationRole.Leader, name)), granted);
        return await MembersAsync(call, granted, FormState.Empty, invitedTo: email.Value);
    }

    private async Task<Answer> RemoveAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        await members.DeleteAsync(call, granted, call.Path<ResourceId>("user"));
        return Pages.After(PathsOf(granted).Members);
    }

    private async Task<Answer> RevokeAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        await invitations.RevokeAsync(call, granted, call.PathUuid("invitation"));
        return Pages.After(PathsOf(granted).Members);
    }

    private async Task<Answer> SettingsAsync(Call call, OrganizationGrant granted, FormState form)
    {
        var organization = granted.Organization;
        return await db.ReadAsync(
            async sql =>
            {
                var projects = await sql.NumberAsync(
                    $"SELECT count(*) FROM projects WHERE organization_id = {organization.Id} AND deleted IS NULL",
                    call.Aborted
                );
                var count = await sql.NumberAsync(
                    $"SELECT count(*) FROM organization_roles WHERE organization_id = {organization.Id}",
                    call.Aborted
                );
                var view = new OrganizationSettingsView(
                    new(organization.Slug),
                    organization.ToWire(),
                    projects,
                    count,
                    form
                );
                return Pages.Show<OrganizationSettingsPage>(view, form.IsRefused ? 400 : 200);
            },
            call.Aborted
        );
    }

    private async Task<Answer> UpdateAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        var (name, slug) = (fields.Required<ResourceName>("name"), fields.Required<Slug>("slug"));
        fields.Check();
        await organizations.UpdateAsync(
            call.With(new OrganizationPatch { Name = new(name), Slug = new(slug) }),
            granted
        );
        return Pages.After(new OrganizationPaths(slug.Value).Settings);
    }

    private async Task<Answer> DeleteAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        fields.Confirm(granted.Organization.Slug);
        await organizations.DeleteAsync(call, granted, new(ResourceId.Of(granted.Organization.Uuid), IsHard: false));
        return Pages.After(OrganizationPaths.All);
    }
}
