namespace Paddock.Server.Ground.Http;

/// <summary>The kinds of credential that a route accepts. A route that accepts none beside
/// <see cref="Anonymous"/> does not look at who calls.</summary>
[Flags]
internal enum Credentials
{
    None = 0,
    Anonymous = 1,

    /// <summary>A user's session token or user key; on pages also the browser's cookie.</summary>
    User = 2,
    ProjectKey = 4,

    /// <summary>A scoped key of an organization.</summary>
    ApiKey = 8,
    RunnerKey = 16,

    /// <summary>A token that <c>/v0/auth/oci/token</c> has issued.</summary>
    RegistryToken = 32,

    /// <summary>The token of the settings that Prometheus sends.</summary>
    ScrapeToken = 64,
}

/// <summary>
/// Who may call a route. Every route carries its rule as metadata and <see cref="Routes"/> enforces it before the
/// endpoint runs; the server does not start with a route that has none.
/// </summary>
/// <param name="who">One line for people: who gets in, and what others are answered.</param>
internal abstract class AccessRule(string who, Credentials accepts)
{
    public string Who => who;

    public Credentials Accepts => accepts;

    /// <summary>For what everybody may see and that does not depend on who calls.</summary>
    public static PublicRule Anybody { get; } = new("anybody");
}

/// <summary>A rule that lets everybody in without looking at a credential.</summary>
internal sealed class PublicRule(string who) : AccessRule(who, Credentials.Anonymous);

/// <summary>A rule that finds what the endpoint works on, and refuses callers that may not.</summary>
/// <typeparam name="T">What the rule gives to the endpoint: the project, the organization, the caller.</typeparam>
internal abstract class AccessRule<T>(string who, Credentials accepts) : AccessRule(who, accepts)
{
    /// <summary>The check with the services of one server.</summary>
    /// <returns>A function that throws a <see cref="Refusal"/> for callers that may not.</returns>
    public abstract Func<Call, Task<T>> On(IServiceProvider services);
}

/// <summary>A rule that one service enforces.</summary>
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
