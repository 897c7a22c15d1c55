using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Audit;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The project of a route, and the caller, who has the required permission on it.</summary>
internal sealed record ProjectGrant(ProjectRow Project, Caller Caller) : IOwned
{
    public Id<Organization> OrganizationId => Project.OrganizationId;

    public Id<Project>? ProjectId => Project.Id;
}

/// <inheritdoc cref="ProjectGrant"/>
internal sealed record ProjectByUser(ProjectRow Project, UserCaller Caller) : IOwned
{
    public Id<Organization> OrganizationId => Project.OrganizationId;

    public Id<Project>? ProjectId => Project.Id;
}

/// <summary>
/// Checks permissions on projects. A private project answers outsiders as if it did not exist; everyone may read a
/// public one. A project's own key passes every permission check here, so a route that refuses keys must use <see
/// cref="OnProject.UserMay"/>. Keys of an organization read its projects and record in them as far as their scopes
/// allow.
/// </summary>
internal sealed class ProjectAccess(Db db, Callers callers, Jwt jwt, RateLimiters limits)
{
    /// <summary>The project of the route, if the caller may read it.</summary>
    public async Task<ProjectRow> ViewAsync(Call call) => (await CallerAsync(call, Permission.View)).Project;

    /// <summary>The project and the caller, for routes that project keys may use too.</summary>
    public async Task<ProjectGrant> CallerAsync(Call call, Permission permission)
    {
        var id = call.Path<ResourceId>("project");
        var caller = await callers.AnyAsync(call);
        return new(await CheckAsync(call, id, caller, permission), caller);
    }

    /// <summary>The project and a caller who may record in it, or who sent the report without a key.</summary>
    public async Task<ProjectGrant> SenderAsync(Call call)
    {
        if (
            BearerToken.Of(call.Http.Request) is not { } token
            || !Jwt.LooksLikeOne(token)
            || jwt.Check(token, Audience.Reruns) is not { } claims
        )
            return await CallerAsync(call, Permission.Create);
        limits.PublicRequest(call);
        var id = call.Path<ResourceId>("project");
        var project = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, id, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("project", id);
        if (claims.Subject != call.PathUuid("report").ToString())
            throw Refusal.NotSignedIn("This token is for the reruns of another report.");
        return project.Claimed is null
            ? new(project, Caller.Anonymous)
            : throw Refusal.NotSignedIn(
                $"The project \"{id}\" has been claimed; sign in, or use one of its keys, to record in it."
            );
    }

    /// <summary>The project, for routes that only users may call.</summary>
    public async Task<ProjectByUser> UserAsync(Call call, Permission permission)
    {
        var id = call.Path<ResourceId>("project");
        var caller = await callers.UserAsync(call);
        return new(await CheckAsync(call, id, caller, permission), caller);
    }

    /// <summary>Refuses renames by a project key, because history is found by name.</summary>
    public static void RefuseRename(Caller caller, string noun, bool renames)
    {
        if (renames && caller is ProjectKeyCaller)
            throw Refusal.NotAllowed($"Project keys cannot rename a {noun}; use a user's token or key.");
    }

    private async Task<ProjectRow> CheckAsync(Call call, ResourceId id, Caller caller, Permission permission)
    {
        var project = await db.ReadAsync(
            async sql =>
            {
                var found = await ProjectTable.FindAsync(sql, id, call.Aborted)
                    ?? throw Refusal.NotFound("project", id);
                if (call.IsPage && caller is UserCaller { User: var user })
                    call.Http.Features.Set(await RightsAsync(sql, found, user, call.Aborted));
                return await CheckAsync(sql, found, caller, permission, asked: id, call.Aborted);
            },
            call.Aborted
        );
        limits.ProjectRequest(project.Id, caller);
        return project;
    }

    /// <summary>Returns the project, or throws the refusal that this caller gets.</summary>
    /// <param name="asked">The id that the caller used: a refusal must not reveal more than they know.</param>
    private static async Task<ProjectRow> CheckAsync(
        Sql sql,
        ProjectRow project,
        Caller caller,
        Permission permission,
        ResourceId asked,
        CancellationToken ct
    )
    {
        var isPublic = project.Visibility == Visibility.Public;
        switch (caller)
        {
            case UserCaller user when await MayAsync(sql, project, user.User, permission, ct):
                return project;
            case ProjectKeyCaller key when key.ProjectId == project.Id:
                return project;
            case ApiKeyCaller { Key.OrganizationId: var own } key when own == project.OrganizationId:
                if (permission is not (Permission.View or Permission.Create))
                    throw Refusal.NotAllowed(
                        "An organization's key may only read projects and record runs in them; use a user's token or "
                            + "key."
                    );
                if (!isPublic || permission != Permission.View)
                    key.Demand(permission == Permission.View ? ApiScope.ProjectsRead : ApiScope.RunsWrite);
                return project;
            case ProjectKeyCaller when isPublic:
                throw Refusal.NotAllowed("This key belongs to another project.");
            case AnonymousCaller or UserCaller or ApiKeyCaller when isPublic && permission == Permission.View:
                return project;
            case ApiKeyCaller when isPublic:
                throw Refusal.NotAllowed("This key belongs to another organization than the project.");
            case AnonymousCaller when isPublic:
                throw Refusal.NotSignedIn(
                    "Sign in to change this project: send \"Authorization: Bearer TOKEN\" with a token or a key."
                );
            case UserCaller when isPublic:
                throw Refusal.NotAllowed(
                    $"You lack the permission \"{Words<Permission>.Of(permission)}\" in this project."
                );
            default:
                throw Refusal.NotFound("project", asked); // The same message as for a project that does not exist.
        }
    }

    /// <summary>
    /// The condition for the projects that a list shows to a caller: public ones, and those on which a user has a role.
    /// A key sees its own project or organization.
    /// </summary>
    public static SqlText Visible(Caller caller) =>
        caller switch
        {
            ProjectKeyCaller key => SqlText.Of($"projects.id = {key.ProjectId}"),
            ApiKeyCaller { Key: var key } when key.Scopes.Include(ApiScope.ProjectsRead) => SqlText.Of(
                $"projects.visibility = {Visibility.Public} OR projects.organization_id = {key.OrganizationId}"
            ),
            UserCaller { User.Admin: true } => SqlText.Of($"1 = 1"),
            UserCaller { User.Id: var user } => SqlText.Of(
                $"""
                projects.visibility = {Visibility.Public} OR projects.id IN (SELECT project_id FROM project_roles WHERE user_id = {user})
                OR projects.organization_id IN (SELECT organization_id FROM organization_roles WHERE user_id = {user})
                """
            ),
            _ => SqlText.Of($"projects.visibility = {Visibility.Public}"),
        };

    /// <summary>
    /// True when a role in the project or in its organization gives the user the permission; administrators have all.
    /// </summary>
    public static async Task<bool> MayAsync(
        Sql sql,
        ProjectRow project,
        UserRow user,
        Permission permission,
        CancellationToken ct
    ) => user.Admin || (await RolesAsync(sql, project, user, ct)).Exists(role => Allows(role, permission));

    private static async Task<ProjectRights> RightsAsync(
        Sql sql,
        ProjectRow project,
        UserRow user,
        CancellationToken ct
    )
    {
        var roles = user.Admin ? ["leader"] : await RolesAsync(sql, project, user, ct);
        bool May(Permission permission) => roles.Exists(role => Allows(role, permission));
        return new(May(Permission.Create), May(Permission.Edit), May(Permission.Delete), May(Permission.Manage));
    }

    private static Task<List<string>> RolesAsync(Sql sql, ProjectRow project, UserRow user, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT role FROM project_roles WHERE project_id = {project.Id} AND user_id = {user.Id}
            UNION ALL SELECT role FROM organization_roles WHERE organization_id = {project.OrganizationId} AND user_id = {user.Id}
            """,
            row => row.Text(),
            ct
        );

    private static bool Allows(string role, Permission permission) =>
        role switch
        {
            "leader" or "maintainer" => true,
            "developer" => permission
                is Permission.View
                    or Permission.ViewRole
                    or Permission.Create
                    or Permission.Edit
                    or Permission.Delete,
            "viewer" => permission is Permission.View or Permission.ViewRole,
            _ => false,
        };
}
