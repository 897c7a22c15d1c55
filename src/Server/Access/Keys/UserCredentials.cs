using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Keys;

/// <summary>The access rules for a user's keys and API tokens.</summary>
internal static class UserCredentials
{
    public static readonly AccessRule<UserGrant> OnKey = OnlyItself("key", "user key");

    public static readonly AccessRule<UserGrant> New = new AccessRule<UserAccess, UserGrant>(
        "the user or an administrator, not with a key; 403 for others",
        Credentials.User,
        async (access, call) =>
        {
            var granted = await access.SelfOrAdminAsync(call);
            return granted.Caller.UserKey is null
                ? granted
                : throw Refusal.NotAllowed("A key cannot create keys; sign in and use the session's token.");
        }
    ).Spends("credentials", (limits, _, granted) => limits.Credential(granted.Caller.User));

    /// <summary>The rule for one key or token of a user.</summary>
    /// <param name="parameter">The name of the key's or token's path parameter.</param>
    /// <param name="noun">The noun for messages.</param>
    public static AccessRule<UserGrant> OnlyItself(string parameter, string noun) =>
        new AccessRule<UserAccess, UserGrant>(
            $"the user or an administrator; a {noun} only for itself; 403 for others",
            Credentials.User,
            async (access, call) =>
            {
                var granted = await access.SelfOrAdminAsync(call);
                return granted.Caller.UserKey is not { } own || own == call.PathUuid(parameter)
                    ? granted
                    : throw NotItself();
            }
        );

    /// <summary>Narrows a user's list for the caller: a caller with a key sees only that key.</summary>
    public static KeyFilter Narrow(KeyFilter filter, UserGrant granted) =>
        granted.Caller.UserKey is not { } own ? filter
        : granted.Caller.User.Id == granted.User.Id ? filter with { Only = own }
        : throw NotItself();

    private static Refusal NotItself() =>
        Refusal.NotAllowed("A key may only view itself; sign in and use the session's token.");
}
