using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.RateLimits;

/// <summary>
/// Who may do what how often, where the settings switch that on. Counted in this process's memory; servers of one
/// database tell each other what they have counted (<see cref="ShareCounts"/>).
/// </summary>
internal sealed class RateLimiters(BaseOptions server, AccessOptions options, TimeProvider time)
{
    private const int KeysMax = 1 << 15; // Of each kind; some 5 MB each when they are full.

    private static readonly RateLimit Requests = new(2048, 8192, 16384);
    private static readonly RateLimit Runs = new(64, 1024, 4096);

    private static readonly Dictionary<string, IReadOnlyDictionary<string, RateLimit>> All = new()
    {
        ["public"] = new Dictionary<string, RateLimit>
        {
            ["requests"] = new(1024, 4096, 8192),
            ["attempts"] = new(32, 64, 128),
            ["runs"] = new(64, 128, 256),
        },
        ["user"] = new Dictionary<string, RateLimit>
        {
            ["requests"] = Requests,
            ["attempts"] = new(2, 4, 8),
            ["credentials"] = new(4, 8, 16),
            ["organizations"] = new(2, 4, 8),
            ["invites"] = new(8, 16, 32),
            ["runs"] = Runs,
        },
        ["project"] = new Dictionary<string, RateLimit> { ["requests"] = Requests, ["runs"] = Runs },
        ["runner"] = new Dictionary<string, RateLimit> { ["requests"] = new(16, 256, 4096) },
    };

    private readonly Dictionary<(string By, string What), RateLimiter<UInt128>> limiters = All.SelectMany(by =>
            by.Value.Select(what => (Key: (by.Key, what.Key), what.Value))
        )
        .ToDictionary(limit => limit.Key, limit => new RateLimiter<UInt128>(limit.Value, KeysMax));

    private readonly TokenBuckets mails = new(perMinute: 2, KeysMax);
    private readonly TokenBuckets? apiReads = options.ApiKeyReadsPerMinute is > 0 and var reads
        ? new(reads, KeysMax)
        : null;
    private readonly TokenBuckets? apiWrites = options.ApiKeyWritesPerMinute is > 0 and var writes
        ? new(writes, KeysMax)
        : null;

    /// <summary>What is in force, or null where nothing is.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, RateLimit>>? InForce =>
        options.RateLimits ? All : null;

    /// <summary>From now on keeps what is counted until <see cref="TakeUntold"/>.</summary>
    public void Share()
    {
        foreach (var limiter in limiters.Values)
            limiter.IsShared = true;
    }

    /// <summary>What was counted here and other servers do not know yet.</summary>
    public IReadOnlyList<CountedCaller> TakeUntold() =>
        [
            .. limiters.SelectMany(limiter =>
                limiter
                    .Value.TakeUntold()
                    .Select(count => new CountedCaller(limiter.Key.By, limiter.Key.What, count.Key, count.Value))
            ),
        ];

    /// <summary>Adds what another server has counted.</summary>
    public void Add(CountedCaller counted)
    {
        if (limiters.TryGetValue((counted.By, counted.What), out var limiter))
            limiter.Add(counted.Caller, counted.Times, time.GetUtcNow());
    }

    /// <summary>A request from somebody who is not signed in, or not with success.</summary>
    public void PublicRequest(Call call) => Count("public", "requests", Address(call));

    /// <summary>An attempt to sign up or in.</summary>
    public void PublicAttempt(Call call) => Count("public", "attempts", Address(call));

    public void UserRequest(UserRow user) => Count("user", "requests", (UInt128)user.Id.Value);

    /// <summary>
    /// Somebody asks for a mail that signs a user in. Counted for each caller apart, so that nobody uses up the user's
    /// own.
    /// </summary>
    public void UserAttempt(Call call, UserRow user) => Count("user", "attempts", Mixed(Address(call), user.Id));

    /// <summary>
    /// Whether a user gets one more mail now: the last one is good for half an hour, so two in a minute do, however
    /// many ask for it.
    /// </summary>
    /// <remarks>Also without rate limits where mail really goes out: nobody's mailbox is filled from here.</remarks>
    public bool MayMail(UserRow user) =>
        (!options.RateLimits && server.Mail is null) || mails.Take(user.Id, time.GetUtcNow()) is null;

    public void Credential(UserRow user) => Count("user", "credentials", (UInt128)user.Id.Value);

    public void Organization(UserRow user) => Count("user", "organizations", (UInt128)user.Id.Value);

    public void Invite(UserRow user) => Count("user", "invites", (UInt128)user.Id.Value);

    /// <summary>A request about a project by somebody who is signed in, or by a key.</summary>
    public void ProjectRequest(Id<Project> projectId, Caller caller)
    {
        if (caller is not AnonymousCaller)
            Count("project", "requests", (UInt128)projectId.Value);
    }

    /// <summary>A run, before it is known into which project.</summary>
    public void Run(Call call, Caller caller)
    {
        if (caller is UserCaller user)
            Count("user", "runs", (UInt128)user.User.Id.Value);
        else if (caller is AnonymousCaller)
            Count("public", "runs", Address(call));
    }

    /// <summary>A runner opens a channel.</summary>
    public void RunnerRequest(Id<Runner> runnerId) => Count("runner", "requests", (UInt128)runnerId.Value);

    /// <summary>A request with an organization's key, which has limits of its own whatever the others are.</summary>
    public void ApiKeyRequest(Id<ApiKey> keyId, bool isWrite)
    {
        var (buckets, max) = isWrite
            ? (apiWrites, options.ApiKeyWritesPerMinute)
            : (apiReads, options.ApiKeyReadsPerMinute);
        if (buckets?.Take(keyId, time.GetUtcNow()) is not { } wait)
            return;
        throw new Refusal(
            Because.TooMany,
            $"This key has used up its {max} {(isWrite ? "writes" : "reads")} per minute; try again in "
                + $"{Math.Ceiling(wait.TotalSeconds)} seconds."
        )
        {
            RetryAfter = wait,
        };
    }

    public void ProjectRun(Id<Project> projectId) => Count("project", "runs", (UInt128)projectId.Value);

    private void Count(string by, string what, UInt128 key)
    {
        if (!options.RateLimits || limiters[(by, what)].Count(key, time.GetUtcNow()) is not { } wait)
            return;
        throw new Refusal(
            Because.TooMany,
            $"Too many {what} ({by}); try again in {Math.Ceiling(wait.TotalSeconds)} seconds."
        )
        {
            RetryAfter = wait,
        };
    }

    private static UInt128 Mixed(UInt128 address, long user)
    {
        Span<byte> both = stackalloc byte[24];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(both, address);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(both[16..], user);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(
            System.Security.Cryptography.SHA256.HashData(both)
        );
    }

    private UInt128 Address(Call call) => CallerKey.Of(ClientAddress.Of(call.Http, server.TrustedProxies)).Id;
}
