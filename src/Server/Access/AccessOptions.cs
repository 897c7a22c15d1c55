using System.Net;
using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;

namespace Paddock.Server.Access;

/// <summary>Decides who becomes the first administrator.</summary>
internal enum FirstAdminRule
{
    /// <summary>The user with the token that the server logs while it has no administrator.</summary>
    Token,

    /// <summary>The first user to sign up, as in v0. Only on a loopback address.</summary>
    SignUp,
}

/// <summary>Decides who may sign up. An invited address is always admitted.</summary>
/// <param name="Domains">The e-mail domains that are admitted; null for all.</param>
internal sealed record SignUpRule(IReadOnlyList<string>? Domains)
{
    public static SignUpRule Open { get; } = new((IReadOnlyList<string>?)null);
    public static SignUpRule ByInvitation { get; } = new([]);

    public bool Admits(Email email) =>
        Domains is null
        || Domains.Contains(email.Value[(email.Value.LastIndexOf('@') + 1)..], StringComparer.OrdinalIgnoreCase);
}

/// <summary>The settings of permissions and limits; <c>docs/security.md</c> gives the reasons.</summary>
internal sealed record AccessOptions
{
    /// <summary>
    /// Whether runs are accepted from callers without an account. Their projects have no owner until a user claims
    /// them.
    /// </summary>
    public bool AnonymousRuns { get; init; } = true;

    /// <summary>Whether an anonymous run may have a job, which runs a stranger's image on a runner.</summary>
    public bool AnonymousJobs { get; init; }

    /// <summary>Whether callers without an account may push images.</summary>
    public bool AnonymousPushes { get; init; }

    /// <summary>Whether rate limits are on.</summary>
    public bool RateLimits { get; init; }

    /// <summary>How many reads an organization's key may make per minute; 0 for no limit.</summary>
    public int ApiKeyReadsPerMinute { get; init; } = 300;

    /// <summary>How many writes an organization's key may make per minute; 0 for no limit.</summary>
    public int ApiKeyWritesPerMinute { get; init; } = 60;

    /// <summary>
    /// Whether administrators may assign e-mail domains to an organization; users with an address in one of them join
    /// it.
    /// </summary>
    public bool DomainsJoin { get; init; } = true;

    /// <summary>Whether users may create API tokens besides keys. v0 no longer creates them.</summary>
    public bool ApiTokens { get; init; } = true;

    /// <summary>How long an entry of the audit log is kept.</summary>
    public TimeSpan AuditKept { get; init; } = TimeSpan.FromDays(365);

    public SignUpRule SignUp { get; init; } = SignUpRule.Open;

    public FirstAdminRule FirstAdmin { get; init; }

    /// <summary>
    /// True while recorded v0 traffic is played against this server: it then accepts tokens that name an address
    /// however old they are, invitations without a row, and a signing key from documentation. Only on a loopback
    /// address.
    /// </summary>
    public bool Replay { get; init; }

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static AccessOptions FromEnvironment(Func<string, string?> environment, string bind)
    {
        var standard = new AccessOptions();
        var options = new AccessOptions
        {
            AnonymousRuns = Setting.Switch("PADDOCK_ANONYMOUS_RUNS", environment, standard.AnonymousRuns),
            AnonymousJobs = Setting.Switch("PADDOCK_ANONYMOUS_JOBS", environment, standard.AnonymousJobs),
            AnonymousPushes = Setting.Switch("PADDOCK_ANONYMOUS_PUSHES", environment, standard.AnonymousPushes),
            RateLimits = Setting.Switch("PADDOCK_RATE_LIMITS", environment, standard.RateLimits),
            ApiKeyReadsPerMinute = Setting.Number(
                "PADDOCK_API_KEY_READS_PER_MINUTE",
                environment,
                standard.ApiKeyReadsPerMinute,
                min: 0,
                max: 1_000_000
            ),
            ApiKeyWritesPerMinute = Setting.Number(
                "PADDOCK_API_KEY_WRITES_PER_MINUTE",
                environment,
                standard.ApiKeyWritesPerMinute,
                min: 0,
                max: 1_000_000
            ),
            DomainsJoin = Setting.Switch("PADDOCK_SSO_DOMAINS", environment, standard.DomainsJoin),
            ApiTokens = Setting.Switch("PADDOCK_API_TOKENS", environment, standard.ApiTokens),
            AuditKept = TimeSpan.FromDays(
                Setting.Number(
                    "PADDOCK_AUDIT_DAYS",
                    environment,
                    (int)standard.AuditKept.TotalDays,
                    min: 1,
                    max: 36_500
                )
            ),
            SignUp = SignUpOf("PADDOCK_SIGN_UP", environment),
            FirstAdmin = FirstAdminOf("PADDOCK_FIRST_ADMIN", environment),
            Replay = Setting.Switch("PADDOCK_REPLAY", environment, standard.Replay),
        };
        var isLoopback = IPEndPoint.TryParse(bind, out var address) && IPAddress.IsLoopback(address.Address);
        if (options.FirstAdmin == FirstAdminRule.SignUp && !isLoopback)
            throw OnlyOnLoopback("PADDOCK_FIRST_ADMIN is \"signup\"", "the first stranger would own the server");
        if (options.Replay && !isLoopback)
            throw OnlyOnLoopback("PADDOCK_REPLAY is \"on\"", "the server accepts tokens that it refuses otherwise");
        return options;

        FormatException OnlyOnLoopback(string what, string why) =>
            new(
                $"{what}, which is only allowed while PADDOCK_BIND is a loopback address such as 127.0.0.1:6610, not "
                    + $"\"{bind}\": {why}"
            );
    }

    private static SignUpRule SignUpOf(string name, Func<string, string?> environment) =>
        environment(name) switch
        {
            null or "open" => SignUpRule.Open,
            "invitation" => SignUpRule.ByInvitation,
            var text => new([
                .. text.Split(',', StringSplitOptions.TrimEntries)
                    .Select(domain =>
                        IsDomain(domain)
                            ? domain
                            : throw new FormatException(
                                $"{name} is \"{text}\"; allowed: open, invitation, or domains separated by commas, "
                                    + $"like example.com,example.org"
                            )
                    ),
            ]),
        };

    private static bool IsDomain(string text) =>
        text.Contains('.', StringComparison.Ordinal) && Email.TryParse("a@" + text, out _);

    private static FirstAdminRule FirstAdminOf(string name, Func<string, string?> environment) =>
        environment(name) switch
        {
            null or "token" => FirstAdminRule.Token,
            "signup" => FirstAdminRule.SignUp,
            var text => throw new FormatException($"{name} is \"{text}\"; allowed: token, signup"),
        };
}
