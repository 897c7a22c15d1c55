using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>Access rules of routes that are about a project.</summary>
internal static class OnProject
{
    private const Credentials Reading =
        Credentials.Anonymous | Credentials.User | Credentials.ProjectKey | Credentials.ApiKey;
    private const Credentials Writing = Credentials.User | Credentials.ProjectKey | Credentials.ApiKey;

    /// <summary>For callers who may read the project.</summary>
    public static AccessRule<ProjectRow> View { get; } =
        new AccessRule<ProjectAccess, ProjectRow>("View on the project; 404 for others", Reading, (access, call) =>
            access.ViewAsync(call)
        );

    /// <inheritdoc cref="View"/>
    public static AccessRule<ProjectGrant> ViewAs { get; } =
        new AccessRule<ProjectAccess, ProjectGrant>(View.Who, Reading, (access, call) =>
            access.CallerAsync(call, Permission.View)
        );

    /// <summary>
    /// For users with the permission and keys of the project; keys of its organization as far as their scopes allow.
    /// </summary>
    public static AccessRule<ProjectGrant> May(Permission permission) =>
        new AccessRule<ProjectAccess, ProjectGrant>(
            $"{permission} on the project, its keys included",
            Writing,
            (access, call) => access.CallerAsync(call, permission)
        );

    /// <summary>For callers who may record results; each request counts as a run of the project.</summary>
    public static AccessRule<ProjectGrant> Record { get; } =
        May(Permission.Create).Spends("runs", (limits, _, granted) => limits.ProjectRun(granted.Project.Id));

    /// <summary>
    /// For callers who may record results, and for the sender of this report if nobody has claimed its project.
    /// </summary>
    public static AccessRule<ProjectGrant> RecordReruns { get; } =
        new AccessRule<ProjectAccess, ProjectGrant>(
            "Create on the project, its keys included; or the token that the answer to the report's anonymous run had",
            Writing,
            (access, call) => access.SenderAsync(call)
        ).Spends("runs", (limits, _, granted) => limits.ProjectRun(granted.Project.Id));

    /// <summary>For users with the permission; keys of projects and organizations are refused.</summary>
    public static AccessRule<ProjectByUser> UserMay(Permission permission) =>
        new AccessRule<ProjectAccess, ProjectByUser>(
            $"{permission} on the project, users only",
            Credentials.User,
            (access, call) => access.UserAsync(call, permission)
        );

    /// <summary>For users who create keys of the project.</summary>
    public static AccessRule<ProjectByUser> NewCredential { get; } =
        UserMay(Permission.Manage)
            .Spends("credentials", (limits, _, granted) => limits.Credential(granted.Caller.User));
}
