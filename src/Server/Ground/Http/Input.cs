using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Server.Ground.Http;

/// <param name="IsHard">Whether the noun is removed for good; see <c>By.HardOr</c>.</param>
internal sealed record Removal(ResourceId Id, bool IsHard);

/// <summary>What many routes read from their path.</summary>
internal static class Input
{
    public static Func<Call, ResourceId> Id(string name) => call => call.Path<ResourceId>(name);

    /// <summary>For DELETE of a noun that administrators can also remove for good, by <c>hard=true</c>.</summary>
    public static Func<Call, Removal> Removal(string name) =>
        call => new(call.Path<ResourceId>(name), call.QueryFlag("hard"));

    public static Func<Call, Guid> Uuid(string name) => call => call.PathUuid(name);
}
