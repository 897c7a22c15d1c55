using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// The endpoint at which registry clients exchange a user's or a project's key for a token that lives for minutes. The
/// challenges of <c>/v2/</c> point to it.
/// </summary>
internal sealed class OciTokenEndpoints(
    Db db,
    Callers callers,
    OciTokens tokens,
    RateLimiters limits,
    BaseOptions server,
    RegistryOptions options
)
{
    private const string Basic = "Basic ";
    private const int FormBytesMax = 64 << 10;

    /// <summary>The endpoint's path, relative to the registry's address.</summary>
    public const string Path = "/v0/auth/oci/token";

    private static readonly PublicRule Exchange = new(
        "anybody; the token has the permissions of the user name and password of Basic authentication"
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        var token = ActivatorUtilities.CreateInstance<OciTokenEndpoints>(routes.ServiceProvider);
        routes.Get(Path, Exchange, token.GetAsync).Gives<OciTokenAnswer>().Asks("service").Asks("scope");
        routes.Post(Path, Exchange, token.PostAsync).Gives<OciAccessTokenAnswer>();
    }

    private async Task<Answer> GetAsync(Call call)
    {
        var scope = OciScope.Of(call.Http.Request.Query["scope"]);
        var (text, issued) = tokens.Sign(await MintAsync(call, BasicOf(call), scope));
        return Answer.Ok(
            new OciTokenAnswer(text, (int)OciTokens.Lifetime.TotalSeconds, Rfc3339(issued)),
            OciJson.Default.OciTokenAnswer
        );
    }

    private async Task<Answer> PostAsync(Call call)
    {
        var form = await FormAsync(call);
        if (form["grant_type"].ToString() is not "password" and var grant)
            throw Refusal.BadInput($"unsupported_grant_type: {Text.Quote(grant)} is not supported; allowed: password");
        var credentials =
            form["username"].ToString() is { Length: > 0 } name
            && form["password"].ToString() is { Length: > 0 } password
                ? (name, password)
                : BasicOf(call);
        if (credentials is null)
            throw Refusal.BadInput("invalid_request: username and password are missing");
        var asked = form["scope"].ToString();
        var (text, issued) = tokens.Sign(await MintAsync(call, credentials, OciScope.Of([asked])));
        return Answer.Ok(
            new OciAccessTokenAnswer(text, (int)OciTokens.Lifetime.TotalSeconds, asked, Rfc3339(issued)),
            OciJson.Default.OciAccessTokenAnswer
        );
    }

    private async Task<OciToken> MintAsync(Call call, (string Name, string Password)? credentials, OciScope scope)
    {
        if (credentials is not { } given)
        {
            limits.PublicRequest(call);
            return new(OciBearer.Anonymous, Subject: null, scope);
        }
        try
        {
            return await CallerAsync(call, given.Password) switch
            {
                UserCaller user when string.Equals(user.User.Email, given.Name, StringComparison.OrdinalIgnoreCase) =>
                    await ForUserAsync(call, user, scope),
                ProjectKeyCaller key => await ForProjectAsync(call, key, given.Name, scope),
                _ => throw Refusal.NotSignedIn(
                    "The user name does not match the password: it must be the e-mail address of the user who owns the "
                        + "token or key."
                ),
            };
        }
        catch (Refusal e) when (e.Because == Because.NotSignedIn)
        {
            limits.PublicRequest(call);
            call.Http.Response.Headers.WWWAuthenticate = OciChallenge.Of(options.AddressOn(server), scope.Text);
            throw;
        }
    }

    // The refusal does not tell why a password is wrong.
    private async Task<Caller> CallerAsync(Call call, string password)
    {
        try
        {
            return await callers.OfAsync(password, call.Aborted);
        }
        catch (Refusal e) when (e.Because is Because.BadInput or Because.NotFound or Because.NotAllowed)
        {
            throw Refusal.NotSignedIn(e.Message);
        }
    }

    private async Task<OciToken> ForUserAsync(Call call, UserCaller caller, OciScope scope)
    {
        var user = caller.User;
        limits.UserRequest(user);
        return new(OciBearer.User, user.Uuid.ToString(), await AllowedAsync(scope, async grant =>
            {
                // A client that copies an image asks to push to one repository and to pull from another. A user who may
                // push to the other repository may also pull from it.
                if (
                    grant is { Pull: true, Push: false }
                    && !user.Admin
                    && (scope.Grants.Count == 1 || !await MayPushAsync(call, user, grant))
                )
                    return Refusal.NotAllowed(
                        "Only an administrator of this server may pull without pushing. Images are for runners, which "
                            + "get their own tokens."
                    );
                return !grant.Push || await MayPushAsync(call, user, grant)
                    ? null
                    : Refusal.NotAllowed($"You may not push to the project {Text.Quote(grant.Repository)}.");
            }), caller.UserKey);
    }

    /// <summary>
    /// Reduces a scope to the part that the caller may have. A single repository is granted or refused; of several, the
    /// refused ones are left out.
    /// </summary>
    /// <exception cref="Refusal">All repositories are refused.</exception>
    private static async Task<OciScope> AllowedAsync(OciScope scope, Func<OciGrant, Task<Refusal?>> refusal)
    {
        var allowed = new List<OciGrant>();
        Refusal? first = null;
        foreach (var grant in scope.Grants)
        {
            if (await refusal(grant) is { } refused)
                first ??= refused;
            else
                allowed.Add(grant);
        }
        return allowed.Count == 0 && first is not null ? throw first : new(allowed);
    }

    // True also for a missing project, because the push creates it, and for a name that no project can have, because
    // the push itself refuses it.
    private Task<bool> MayPushAsync(Call call, UserRow user, OciGrant grant) =>
        !ResourceId.TryParse(grant.Repository, out var id)
            ? Task.FromResult(true)
            : db.ReadAsync(
                async sql =>
                    await ProjectTable.FindAsync(sql, id, call.Aborted) is not { Claimed: not null } project
                    || await ProjectAccess.MayAsync(sql, project, user, Permission.Create, call.Aborted),
                call.Aborted
            );

    private async Task<OciToken> ForProjectAsync(Call call, ProjectKeyCaller key, string name, OciScope scope)
    {
        var project = await db.ReadAsync(sql => ProjectTable.FindAsync(sql, key.ProjectId, call.Aborted), call.Aborted)
            ?? throw Refusal.NotSignedIn("Invalid project key");
        limits.ProjectRequest(project.Id, key);
        if (!IsNameOf(project, name))
            throw Refusal.NotSignedIn(
                "The user name does not match the password: it must be the slug or the UUID of the key's project."
            );
        return new(OciBearer.Project, project.Uuid.ToString(), await AllowedAsync(scope, grant => Task.FromResult(
                    !IsNameOf(project, grant.Repository) ? Refusal.NotAllowed("This key belongs to another project.")
                    : grant is { Pull: true, Push: false }
                        ? Refusal.NotAllowed("A project key is for pushing; it may not pull without pushing.")
                    : null
                )), key.Key);
    }

    private static bool IsNameOf(ProjectRow project, string name) =>
        name == project.Slug || (UuidText.TryParse(name, out var uuid) && uuid == project.Uuid);

    private static async Task<IFormCollection> FormAsync(Call call)
    {
        if (!call.Http.Request.HasFormContentType)
            throw Refusal.BadInput("invalid_request: the body is not application/x-www-form-urlencoded");
        try
        {
            return await call.Http.Request.ReadFormAsync(
                new FormOptions
                {
                    BufferBodyLengthLimit = FormBytesMax,
                    ValueLengthLimit = FormBytesMax,
                    KeyLengthLimit = 256,
                    ValueCountLimit = 64,
                }
            );
        }
        catch (InvalidDataException e)
        {
            throw Refusal.BadInput($"invalid_request: {e.Message}");
        }
    }

    // Clients without credentials send an empty pair.
    private static (string Name, string Password)? BasicOf(Call call)
    {
        var header = call.Http.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return null;
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            throw Refusal.NotSignedIn("The Authorization header must be of the form \"Basic ...\".");
        try
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header[Basic.Length..].Trim())).Split(':', 2);
            return pair is ["", ""] ? null
                : pair is [var name, var password] ? (name, password)
                : throw Refusal.NotSignedIn("The credentials hold no colon between user name and password.");
        }
        catch (FormatException)
        {
            throw Refusal.NotSignedIn("The credentials are not valid Base64.");
        }
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
