using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.RateLimits;

/// <summary>Rate limits of single routes, beside those of all requests: a part of the rule, counted once it has let the
/// caller in.</summary>
internal static class Spending
{
    /// <param name="what">What each request counts as, in the words of the server's configuration.</param>
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
