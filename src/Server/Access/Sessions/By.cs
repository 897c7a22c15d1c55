using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Sessions;

/// <summary>The access rules that depend on the caller alone.</summary>
internal static class By
{
    private const Credentials AnyCredential =
        Credentials.Anonymous | Credentials.User | Credentials.ProjectKey | Credentials.ApiKey;

    /// <summary>Admits everybody; the answer depends on the caller.</summary>
    public static AccessRule<Caller> Anyone { get; } =
        new AccessRule<Callers, Caller>("anybody; the answer depends on the caller", AnyCredential, (callers, call) =>
            callers.AnyAsync(call)
        );

    /// <summary>
    /// Admits everybody, without counting the request: the message is passed on to endpoints that count it.
    /// </summary>
    public static AccessRule<Caller> Sender { get; } =
        new AccessRule<Callers, Caller>(
            "anybody; each tool has the rule of its endpoint",
            AnyCredential,
            (callers, call) => callers.SenderAsync(call)
        );

    public static AccessRule<UserCaller> User { get; } =
        new AccessRule<Callers, UserCaller>("a user", Credentials.User, (callers, call) => callers.UserAsync(call));

    public static AccessRule<UserCaller> Admin { get; } =
        new AccessRule<Callers, UserCaller>("an administrator of the server", Credentials.User, (callers, call) =>
            callers.AdminAsync(call)
        );

    /// <summary>Admits everybody, and identifies a caller who has signed in with the browser.</summary>
    public static AccessRule<UserCaller?> Browser { get; } =
        new AccessRule<Callers, UserCaller?>("anybody", Credentials.Anonymous | Credentials.User, (callers, call) =>
            callers.BrowserAsync(call)
        );

    /// <summary>Admits everybody, and counts the request as an attempt to sign in or up.</summary>
    public static AccessRule<Caller> Attempt { get; } =
        new AccessRule<RateLimiters, Caller>(
            "anybody; each attempt counts for the caller's address",
            Credentials.Anonymous,
            (limits, call) =>
            {
                limits.PublicAttempt(call);
                return Task.FromResult(Caller.Anonymous);
            }
        );

    /// <summary>
    /// Admits everybody, without credentials, and counts the request against the limit of anonymous requests.
    /// </summary>
    public static AccessRule<Caller> Nobody { get; } =
        new AccessRule<RateLimiters, Caller>("anybody", Credentials.Anonymous, (limits, call) =>
        {
            limits.PublicRequest(call);
            return Task.FromResult(Caller.Anonymous);
        });

    /// <summary>
    /// Admits users who try to confirm something. Both the attempt and the user's request are counted.
    /// </summary>
    public static AccessRule<UserCaller> UserAttempt { get; } =
        new AccessRule<Callers, UserCaller>(
            "a user; each attempt counts for the caller's address",
            Credentials.User,
            (callers, call) => callers.AttemptAsync(call)
        );

    /// <summary>
    /// Admits only users with a session, not a key: a stolen key must not be enough to take over the account.
    /// </summary>
    public static AccessRule<UserCaller> SessionAttempt { get; } =
        new AccessRule<Callers, UserCaller>(
            "a user who has signed in, not a key; each attempt counts for the caller's address",
            Credentials.User,
            async (callers, call) => UserAccess.Session(await callers.AttemptAsync(call))
        );

    /// <summary>
    /// Admits administrators if the query says <c>hard=true</c>; else the callers that the other rule admits.
    /// </summary>
    /// <returns>A rule that yields null for an administrator who deletes permanently.</returns>
    public static AccessRule<T?> HardOr<T>(AccessRule<T> rule)
        where T : class => new HardRule<T>(rule);

    private sealed class HardRule<T>(AccessRule<T> rule)
        : AccessRule<T?>(rule.Who + "; with hard=true an administrator", rule.Accepts)
        where T : class
    {
        public override Func<Call, Task<T?>> On(IServiceProvider services)
        {
            var (soft, hard) = (rule.On(services), Admin.On(services));
            return async call =>
            {
                if (!call.QueryFlag("hard"))
                    return await soft(call);
                await hard(call);
                return null;
            };
        }
    }
}
