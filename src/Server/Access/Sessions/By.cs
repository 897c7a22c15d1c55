using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Sessions;

/// <summary>Rules of routes that depend on the caller alone.</summary>
internal static class By
{
    private const Credentials AnyCredential =
        Credentials.Anonymous | Credentials.User | Credentials.ProjectKey | Credentials.ApiKey;

    /// <summary>Everybody; the answer depends on who calls.</summary>
    public static AccessRule<Caller> Anyone { get; } =
        new AccessRule<Callers, Caller>("anybody; the answer depends on the caller", AnyCredential, (callers, call) =>
            callers.AnyAsync(call)
        );

    /// <summary>Everybody, not counted: the message is passed on to endpoints that count it.</summary>
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

    /// <summary>Everybody; who has signed in with the browser is found.</summary>
    public static AccessRule<UserCaller?> Browser { get; } =
        new AccessRule<Callers, UserCaller?>("anybody", Credentials.Anonymous | Credentials.User, (callers, call) =>
            callers.BrowserAsync(call)
        );

    /// <summary>Everybody, counted as an attempt to sign in or up.</summary>
    public static AccessRule<Caller> Attempt { get; } =
        new AccessRule<RateLimiters, Caller>(
            "anybody; each try counts for its address",
            Credentials.Anonymous,
            (limits, call) =>
            {
                limits.PublicAttempt(call);
                return Task.FromResult(Caller.Anonymous);
            }
        );

    /// <summary>Anybody, without credentials; counted against the limit of anonymous requests.</summary>
    public static AccessRule<Caller> Nobody { get; } =
        new AccessRule<RateLimiters, Caller>("anybody", Credentials.Anonymous, (limits, call) =>
        {
            limits.PublicRequest(call);
            return Task.FromResult(Caller.Anonymous);
        });

    /// <summary>A user who tries to confirm something: both the try and the user are counted.</summary>
    public static AccessRule<UserCaller> UserAttempt { get; } =
        new AccessRule<Callers, UserCaller>(
            "a user; each try counts for its address",
            Credentials.User,
            (callers, call) => callers.AttemptAsync(call)
        );

    /// <summary>The user who signed in for it: a key that was stolen shall not become the account.</summary>
    public static AccessRule<UserCaller> SessionAttempt { get; } =
        new AccessRule<Callers, UserCaller>(
            "a user who has signed in, not a key; each try counts for its address",
            Credentials.User,
            async (callers, call) => UserAccess.Session(await callers.AttemptAsync(call))
        );

    /// <summary>Administrators where the query says <c>hard=true</c>; else whom the other rule lets in.</summary>
    /// <returns>A rule that gives null to administrators who remove something for good.</returns>
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
