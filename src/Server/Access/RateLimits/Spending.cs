using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.RateLimits;

/// <summary>
/// Adds the rate limit of a single route, besides the limits of all requests. It is part of the access rule and counted
/// once the rule has admitted the caller.
/// </summary>
internal static class Spending
{
    /// <param name="what">The limit that each request counts against, by its name in the server's
    /// configuration.</param>
    public static AccessRule<T> Spends<T>(this AccessRule<T> rule, string what, Action<RateLimiters, Call, T> count) =>
        new SpendingRule<T>(rule, what, count);

    private sealed class SpendingRule<T>(AccessRule<T> rule, string what, Action<RateLimiters, Call, T> count)
        : AccessRule<T>($"{rule.Who}; limited as {what}", rule.Accepts)
    {
        public override Func<Call, Task<T>> On(IServiceProvider services)
        {
            var (admit, limits) = (rule.On(services), services.GetRequiredService<RateLimiters>());
            return async call =>
            {
                var found = await admit(call);
                count(limits, call, found);
                return found;
            };
        }
    }
}
