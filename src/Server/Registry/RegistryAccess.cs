using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Registry;

/// <summary>
/// The access rules of the registry's routes. The token is checked before the endpoint runs. The bearer's current
/// permissions and the project's state are checked in the unit of work that reads or writes.
/// </summary>
internal static class OnRepository
{
    /// <summary>For the root endpoint, which only confirms the registry and the token.</summary>
    public static AccessRule<OciToken> Known { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "any token of the registry, except runners'",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.Known(call))
        );

    /// <summary>For tokens that allow pulling from the repository of the route.</summary>
    public static AccessRule<OciToken> Pull { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "a registry token that allows pulling from the repository",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.ForPull(call, RegistryRoutes.Name(call)))
        );

    /// <summary>For tokens that allow pushing to the repository of the route.</summary>
    public static AccessRule<OciToken> Push { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "a registry token that allows pushing to the repository",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.ForPush(call, RegistryRoutes.Name(call)))
        );

    /// <summary>
    /// For any caller who knows an upload's UUID, as long as the upload's opener still may push. The UUID is the
    /// credential, because clients send no token with the later requests of an upload.
    /// </summary>
    public static PublicRule Upload { get; } =
        new("a caller who knows the session of an upload, while its opener may push");
}

/// <summary>
/// Enforces access to a repository, which is a project. A token names its repository and actions. Whether its bearer is
/// still valid, and the project's state, are looked up each time.
/// </summary>
internal sealed class RegistryAccess(
    OciTokens tokens,
    OciBearers bearers,
    RateLimiters limits,
    ListLimits lists,
    AccessOptions options,
    TimeProvider time
)
{
    /// <summary>Returns the token for the root endpoint. Runners' tokens are refused.</summary>
    public OciToken Known(Call call) => NotAJobs(Token(call));

    /// <summary>Returns the token if its scope includes pulling from this repository.</summary>
    public OciToken ForPull(Call call, string name) => Scoped(Token(call), name, grant => grant.Pull);

    /// <summary>Returns the token if its scope includes pushing to this repository or removing from it.</summary>
    public OciToken ForPush(Call call, string name) => Scoped(NotAJobs(Token(call)), name, grant => grant.Push);

    /// <exception cref="Refusal">The bearer may not pull from the project, or it does not exist.</exception>
    public async Task<ProjectRow> PullAsync(Sql sql, OciToken token, string name, CancellationToken ct)
    {
        var project = await ProjectTable.FindAsync(sql, IdOf(name), ct);
        if (project is not null && await MayPullAsync(sql, token, project, ct))
            return project;
        if (project is not { Visibility: Visibility.Public })
            throw OciError.NameUnknown(name); // A private project is refused like a missing one.
        throw token.Bearer == OciBearer.Anonymous
            ? ClaimedMeanwhile(name)
            : OciError.Denied($"This token does not allow pulling from the project {Text.Quote(name)}.");
    }

    /// <summary>
    /// Resolves the project for a push. A missing project is created. An unclaimed project is claimed by the first user
    /// who pushes to it.
    /// </summary>
    /// <exception cref="Refusal">The bearer may not push to the project, or it is missing and cannot be
    /// created.</exception>
    public async Task<ProjectRow> PushAsync(Sql sql, OciToken token, string name)
    {
        var (id, now) = (IdOf(name), time.GetUtcNow());
        switch (token.Bearer)
        {
            case OciBearer.User:
                return await OnTheFly.ProjectAsync(
                    sql,
                    new UserCaller(await bearers.UserAsync(sql, token), UserKey: null),
                    id,
                    NamedAfter(name),
                    lists,
                    now
                );
            case OciBearer.Anonymous:
                RefuseAnonymousPush();
                return await OnTheFly.ProjectAsync(sql, Caller.Anonymous, id, NamedAfter(name), lists, now);
            default:
                await bearers.CheckAsync(sql, token);
                return await ProjectTable.FindAsync(sql, id) is { } project && IsOf(token, project)
                    ? project
                    : throw OciError.NameUnknown(name);
        }
    }

    /// <summary>Resolves the project for a delete. Anonymous callers are refused.</summary>
    public async Task<ProjectRow> RemoveAsync(Sql sql, OciToken token, string name)
    {
        if (token.Bearer == OciBearer.Anonymous)
            throw OciError.NotSignedIn("To delete from a repository, use the token of a user or of a project key.");
        await bearers.CheckAsync(sql, token);
        var project = await ProjectTable.FindAsync(sql, IdOf(name));
        if (project is not null && await MayChangeAsync(sql, token, project))
            return project;
        throw project is { Visibility: Visibility.Public }
            ? OciError.Denied($"You may not change the project {Text.Quote(name)}.")
            : OciError.NameUnknown(name);
    }

    /// <summary>
    /// Resolves the repository of an upload. Any caller who knows the upload's UUID may continue it, as long as its
    /// opener still may push.
    /// </summary>
    public static async Task<ProjectRow> OfUploadAsync(Sql sql, string name, CancellationToken ct = default) =>
        await ProjectTable.FindAsync(sql, IdOf(name), ct) ?? throw OciError.UploadUnknown();

    /// <summary>
    /// Checks that the opener of an upload may still push, because clients send no token with its later requests.
    /// </summary>
    /// <exception cref="Refusal">The opener is locked, their key was revoked, they lost their role, or the project is
    /// gone or was claimed.</exception>
    public async Task CheckOpenerAsync(Sql sql, UploadRow upload, CancellationToken ct = default)
    {
        var opener = await UploadTable.OpenerAsync(sql, upload.Id, ct) ?? throw OciError.UploadUnknown();
        var project = await ProjectTable.FindAsync(sql, upload.ProjectId, ct) ?? throw OciError.UploadUnknown();
        await bearers.CheckAsync(sql, opener, ct);
        if (opener.Bearer == OciBearer.Anonymous)
        {
            RefuseAnonymousPush();
            if (project.Claimed is not null)
                throw ClaimedMeanwhile(project.Slug);
        }
        else if (!await MayChangeAsync(sql, opener, project))
            throw OciError.Denied("The user or key that began this upload may no longer push to the project.");
    }

    private async Task<bool> MayChangeAsync(Sql sql, OciToken token, ProjectRow project) =>
        token.Bearer == OciBearer.Project
            ? IsOf(token, project)
            : await ProjectAccess.MayAsync(
                sql,
                project,
                await bearers.UserAsync(sql, token),
                Permission.Create,
                CancellationToken.None
            );

    private void RefuseAnonymousPush()
    {
        if (!options.AnonymousPushes)
            throw OciError.NotSignedIn(
                "Pushing to this server needs an account: sign in with a user's address and key, or a project's slug "
                    + "and key."
            );
    }

    /// <summary>
    /// A condition for the projects that the bearer may mount blobs from without a token for each: those that they
    /// could push to, and unclaimed ones.
    /// </summary>
    public async Task<SqlText> MountableAsync(Sql sql, OciToken token, ProjectRow own)
    {
        if (token.Bearer == OciBearer.User)
        {
            var user = await bearers.UserAsync(sql, token);
            if (user.Admin)
                return SqlText.Of($"1 = 1");
            return SqlText.Of(
                $"""
                projects.id IN (SELECT project_id FROM project_roles WHERE user_id = {user.Id} AND role IN ('maintainer', 'developer'))
                OR projects.organization_id IN (SELECT organization_id FROM organization_roles WHERE user_id = {user.Id} AND role IN ('leader', 'maintainer', 'developer'))
                OR NOT EXISTS (SELECT 1 FROM organization_roles r WHERE r.organization_id = projects.organization_id)
                """
            );
        }
        return SqlText.Of(
            $"projects.id = {own.Id} OR NOT EXISTS (SELECT 1 FROM organization_roles r WHERE r.organization_id = "
                + $"projects.organization_id)"
        );
    }

    public static ResourceId IdOf(string name) =>
        ResourceId.TryParse(name, out var id) ? id : throw OciError.NameInvalid(name);

    private OciToken Token(Call call)
    {
        var token = BearerToken.Of(call.Http.Request) is { } text ? tokens.Check(text) : null;
        if (token is null or { Bearer: OciBearer.Anonymous })
            limits.PublicRequest(call);
        return token
            ?? throw OciError.NotSignedIn(
                "This request needs a registry token; the WWW-Authenticate header says where to get one."
            );
    }

    // A runner's token is only for pulling its job's image.
    private static OciToken NotAJobs(OciToken token) =>
        token.Bearer != OciBearer.Runner
            ? token
            : throw OciError.NotSignedIn("A runner's token is only for pulling images.");

    private static OciToken Scoped(OciToken token, string name, Func<OciGrant, bool> allows)
    {
        if (token.Scope.For(name) is { } grant && allows(grant))
            return token;
        throw OciError.Denied(
            token.Scope.Text is { } scope
                ? $"This token allows {Text.Quote(scope)}, which does not include this request to the repository "
                    + $"{Text.Quote(name)}."
                : "This token allows no repository. Ask for a token with a scope."
        );
    }

    private async Task<bool> MayPullAsync(Sql sql, OciToken token, ProjectRow project, CancellationToken ct)
    {
        if (token.Bearer == OciBearer.User)
            return await bearers.UserAsync(sql, token, ct) is var user
                && (project.Claimed is null || await ProjectAccess.MayAsync(sql, project, user, Permission.View, ct));
        await bearers.CheckAsync(sql, token, ct);
        return token.Bearer switch
        {
            OciBearer.Anonymous => project.Claimed is null,
            OciBearer.Project => IsOf(token, project),
            // A runner's token is valid as long as the runner has a job of this project.
            _ => !await OciBearers.LacksJobAsync(sql, token, project.Id, ct),
        };
    }

    private static bool IsOf(OciToken token, ProjectRow project) => token.Subject == project.Uuid.ToString();

    private static Refusal ClaimedMeanwhile(string name) =>
        OciError.NotSignedIn($"The project {Text.Quote(name)} has been claimed; sign in, or use one of its keys.");

    // A project created by a push gets its repository's name, just as one created by a run does.
    private static Dictionary<string, string> NamedAfter(string name) => new() { [RunContext.RepoName] = name };
}
