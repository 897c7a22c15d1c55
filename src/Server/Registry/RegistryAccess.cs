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
/// Rules of the registry's routes. The token is checked before the endpoint runs; whether its bearer still may, and
/// what has become of the project, is checked in the unit of work that reads or writes.
/// </summary>
internal static class OnRepository
{
    /// <summary>For the question whether this is a registry, and whether the caller is known to it.</summary>
    public static AccessRule<OciToken> Known { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "any token of the registry, except runners'",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.Known(call))
        );

    /// <summary>For tokens that allow to pull from the repository of the route.</summary>
    public static AccessRule<OciToken> Pull { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "a registry token that allows to pull from the repository",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.ForPull(call, RegistryRoutes.Name(call)))
        );

    /// <summary>For tokens that allow to push to the repository of the route.</summary>
    public static AccessRule<OciToken> Push { get; } =
        new AccessRule<RegistryAccess, OciToken>(
            "a registry token that allows to push to the repository",
            Credentials.RegistryToken,
            (access, call) => Task.FromResult(access.ForPush(call, RegistryRoutes.Name(call)))
        );

    /// <summary>
    /// For whoever knows an upload's number, as long as the one who began it still may push. The session is the
    /// credential: clients send no token with the rest of an upload.
    /// </summary>
    public static PublicRule Upload { get; } =
        new("whoever knows the session of an upload, while the one who began it may push");
}

/// <summary>
/// Who may do what in a repository, which is a project. A token says for which one and for what it was given; whether
/// its bearer is still who they were, and what has become of the project, is looked up each time.
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
    /// <summary>For the question whether this is a registry, and whether the caller is known to it.</summary>
    public OciToken Known(Call call) => NotAJobs(Token(call));

    /// <summary>The token that lets its bearer pull from this repository, if they may.</summary>
    public OciToken ForPull(Call call, string name) => Scoped(Token(call), name, grant => grant.Pull);

    /// <summary>The token that lets its bearer push to this repository, or remove from it, if they may.</summary>
    public OciToken ForPush(Call call, string name) => Scoped(NotAJobs(Token(call)), name, grant => grant.Push);

    /// <exception cref="Refusal">The bearer may not pull from it, or there is no such project.</exception>
    public async Task<ProjectRow> PullAsync(Sql sql, OciToken token, string name, CancellationToken ct)
    {
        var project = await ProjectTable.FindAsync(sql, IdOf(name), ct);
        if (project is not null && await MayPullAsync(sql, token, project, ct))
            return project;
        if (project is not { Visibility: Visibility.Public })
            throw OciError.NameUnknown(name); // What is hidden gets the words of what is missing.
        throw token.Bearer == OciBearer.Anonymous
            ? ClaimedMeanwhile(name)
            : OciError.Denied($"This token is not for pulling from the project {Text.Quote(name)}.");
    }

    /// <summary>
    /// The project to push to. One that is not there yet is made; one that nobody has claimed is claimed by the first
    /// user who pushes to it.
    /// </summary>
    /// <exception cref="Refusal">The bearer may not push to it, or it is not there and cannot be made.</exception>
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

    /// <summary>The project to remove something from: only for those who are known.</summary>
    public async Task<ProjectRow> RemoveAsync(Sql sql, OciToken token, string name)
    {
        if (token.Bearer == OciBearer.Anonymous)
            throw OciError.NotSignedIn("Removing something from a repository takes a user or a key of the project.");
        await bearers.CheckAsync(sql, token);
        var project = await ProjectTable.FindAsync(sql, IdOf(name));
        if (project is not null && await MayChangeAsync(sql, token, project))
            return project;
        throw project is { Visibility: Visibility.Public }
            ? OciError.Denied($"You may not change the project {Text.Quote(name)}.")
            : OciError.NameUnknown(name);
    }

    /// <summary>
    /// The repository of an upload. Whoever knows the upload's number may go on with it, as long as the one who began
    /// it still might.
    /// </summary>
    public static async Task<ProjectRow> OfUploadAsync(Sql sql, string name, CancellationToken ct = default) =>
        await ProjectTable.FindAsync(sql, IdOf(name), ct) ?? throw OciError.UploadUnknown();

    /// <summary>
    /// Sees to it that whoever began an upload may still push: clients send no token with the rest of it.
    /// </summary>
    /// <exception cref="Refusal">They are locked, their key was revoked, they lost their role, or the project is gone
    /// or was claimed.</exception>
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
            throw OciError.Denied("Whoever began this upload may not push to the project any more.");
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
                "Pushing to this server takes an account: sign in with a user's address and key, or a project's slug "
                    + "and key."
            );
    }

    /// <summary>
    /// Which projects the bearer may take blobs from without being given a token for each: those where they could push,
    /// and those that nobody has claimed.
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
                "This takes a token of the registry; the answer's WWW-Authenticate says where to get one."
            );
    }

    // A job's token is for the job's image and nothing else.
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
            // The token is for this repository, as long as the runner has a job of it.
            _ => !await OciBearers.LacksJobAsync(sql, token, project.Id, ct),
        };
    }

    private static bool IsOf(OciToken token, ProjectRow project) => token.Subject == project.Uuid.ToString();

    private static Refusal ClaimedMeanwhile(string name) =>
        OciError.NotSignedIn($"The project {Text.Quote(name)} has been claimed; sign in, or use one of its keys.");

    // What a run's repository is called, its project is.
    private static Dictionary<string, string> NamedAfter(string name) => new() { [RunContext.RepoName] = name };
}
