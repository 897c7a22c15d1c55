namespace Paddock.Server.Ground.Http;

/// <summary>
/// The kinds of credential that a route accepts. A route that accepts only <see cref="Anonymous"/> does not look at the
/// caller's credential.
/// </summary>
[Flags]
internal enum Credentials
{
    None = 0,
    Anonymous = 1,

    /// <summary>A user's session token or user key; on pages also the browser's session cookie.</summary>
    User = 2,
    ProjectKey = 4,

    /// <summary>A scoped key of an organization.</summary>
    ApiKey = 8,
    RunnerKey = 16,

    /// <summary>A token issued by <c>/v0/auth/oci/token</c>.</summary>
    RegistryToken = 32,

    /// <summary>The token from the settings, which Prometheus sends.</summary>
    ScrapeToken = 64,
}

/// <summary>
/// The rule for who may call a route. Every route carries its rule as metadata and <see cref="Routes"/> enforces it
/// before the endpoint runs. A route without a rule stops the server's start.
/// </summary>
/// <param name="who">One line for documentation: who is admitted, and what others get.</param>
internal abstract class AccessRule(string who, Credentials accepts)
{
    public string Who => who;

    public Credentials Accepts => accepts;

    /// <summary>The rule for content that everybody may see and that is the same for every caller.</summary>
    public static PublicRule Anybody { get; } = new("anybody");
}

/// <summary>A rule that admits everybody without looking at a credential.</summary>
internal sealed class PublicRule(string who) : AccessRule(who, Credentials.Anonymous);

/// <summary>A rule that resolves what the endpoint works on, and refuses callers without access.</summary>
/// <typeparam name="T">The type that the rule passes to the endpoint: the project, the organization or the
/// caller.</typeparam>
internal abstract class AccessRule<T>(string who, Credentials accepts) : AccessRule(who, accepts)
{
    /// <summary>Binds the rule to the services of one server.</summary>
    /// <returns>A function that throws a <see cref="Refusal"/> for callers without access.</returns>
    public abstract Func<Call, Task<T>> On(IServiceProvider services);
}

/// <summary>A rule enforced by one service.</summary>
internal sealed class AccessRule<TService, T>(string who, Credentials accepts, Func<TService, Call, Task<T>> admit)
    : AccessRule<T>(who, accepts)
    where TService : notnull
{
    public override Func<Call, Task<T>> On(IServiceProvider services)
    {
        var service = services.GetRequiredService<TService>();
        return call => admit(service, call);
    }
}
