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
/// Enforces the rate limits, if the settings switch them on. Counts are kept in this process's memory; servers of one
/// database exchange them (<see cref="ShareCounts"/>).
/// </summary>
internal sealed class RateLimiters(BaseOptions server, AccessOptions options, TimeProvider time)
{
    private const int KeysMax = 1 << 15; // The maximum per limit; about 5 MB for each full limit.

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

    private readonly Dictionary<(string By, string What), RateLimiter<ulong>> limiters = All.SelectMany(by =>
            by.Value.Select(what => (Key: (by.Key, what.Key), what.Value))
        )
        .ToDictionary(limit => limit.Key, limit => new RateLimiter<ulong>(limit.Value, KeysMax));

    private readonly TokenBuckets mails = new(perMinute: 2, KeysMax);
    private readonly TokenBuckets? apiReads = options.ApiKeyReadsPerMinute is > 0 and var reads
        ? new(reads, KeysMax)
        : null;
    private readonly TokenBuckets? apiWrites = options.ApiKeyWritesPerMinute is > 0 and var writes
        ? new(writes, KeysMax)
        : null;

    /// <summary>The rate limits in force, or null when they are off.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, RateLimit>>? InForce =>
        options.RateLimits ? All : null;

    /// <summary>Keeps new counts for <see cref="TakeUntold"/> from now on.</summary>
    public void Share()
    {
        foreach (var limiter in limiters.Values)
            limiter.IsShared = true;
    }

    /// <summary>Takes the counts that have not been sent to the other servers yet.</summary>
    public IReadOnlyList<CountedCaller> TakeUntold() =>
        [
            .. limiters.SelectMany(limiter =>
                limiter
                    .Value.TakeUntold()
                    .Select(count => new CountedCaller(limiter.Key.By, limiter.Key.What, count.Key, count.Value))
            ),
        ];

    /// <summary>Adds a count from another server.</summary>
    public void Add(CountedCaller counted)
    {
        if (limiters.TryGetValue((counted.By, counted.What), out var limiter))
            limiter.Add(counted.Caller, counted.Times, time.GetUtcNow());
    }

    /// <summary>Counts a request from a caller without valid credentials.</summary>
    public void PublicRequest(Call call) => Count("public", "requests", Address(call));

    /// <summary>Counts an attempt to sign up or in.</summary>
    public void PublicAttempt(Call call) => Count("public", "attempts", Address(call));

    public void UserRequest(UserRow user) => Count("user", "requests", (ulong)user.Id.Value);

    /// <summary>
    /// Counts a request for a user's sign-in mail. Each caller is counted separately, so that no stranger can use up
    /// the user's limit.
    /// </summary>
    public void UserAttempt(Call call, UserRow user) => Count("user", "attempts", Mixed(Address(call), user.Id));

    /// <summary>
    /// True when a user may get another sign-in mail now. Two per minute are enough, however many are requested, since
    /// the last one is valid for half an hour.
    /// </summary>
    /// <remarks>
    /// Also in force without rate limits when mail is really sent, so that nobody's mailbox is flooded.
    /// </remarks>
    public bool MayMail(UserRow user) =>
        (!options.RateLimits && server.Mail is null) || mails.Take(user.Id, time.GetUtcNow()) is null;

    public void Credential(UserRow user) => Count("user", "credentials", (ulong)user.Id.Value);

    public void Organization(UserRow user) => Count("user", "organizations", (ulong)user.Id.Value);

    public void Invite(UserRow user) => Count("user", "invites", (ulong)user.Id.Value);

    /// <summary>Counts a request about a project by a signed-in caller or a key.</summary>
    public void ProjectRequest(Id<Project> projectId, Caller caller)
    {
        if (caller is not AnonymousCaller)
            Count("project", "requests", (ulong)projectId.Value);
    }

    /// <summary>Counts a run before its project is known.</summary>
    public void Run(Call call, Caller caller)
    {
        if (caller is UserCaller user)
            Count("user", "runs", (ulong)user.User.Id.Value);
        else if (caller is AnonymousCaller)
            Count("public", "runs", Address(call));
    }

    /// <summary>Counts a runner opening a channel.</summary>
    public void RunnerRequest(Id<Runner> runnerId) => Count("runner", "requests", (ulong)runnerId.Value);

    /// <summary>
    /// Counts a request with an organization's key, whose limits apply even when the other rate limits are off.
    /// </summary>
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

    public void ProjectRun(Id<Project> projectId) => Count("project", "runs", (ulong)projectId.Value);

    private void Count(string by, string what, ulong key)
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

    private static ulong Mixed(ulong address, long user)
    {
        Span<byte> both = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(both, address);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(both[8..], user);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(
            System.Security.Cryptography.SHA256.HashData(both)
        );
    }

    private ulong Address(Call call) => CallerKey.Of(ClientAddress.Of(call.Http, server.TrustedProxies)).Id;
}
