namespace Paddock.Server.Users;

/// <summary>Who a request comes from.</summary>
internal abstract record Caller
{
    public static Caller Anonymous { get; } = new AnonymousCaller();
}

internal sealed record AnonymousCaller : Caller;

/// <param name="UserKey">The key that was used, where it was one: keys may do less than sessions.</param>
internal sealed record UserCaller(UserRow User, Guid? UserKey) : Caller;

/// <summary>A key of one project, with no user behind it.</summary>
internal sealed record ProjectKeyCaller(long ProjectId, Guid Key) : Caller;
