using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Server.Ground.Http;

/// <param name="IsHard">True to remove the resource permanently; see <c>By.HardOr</c>.</param>
internal sealed record Removal(ResourceId Id, bool IsHard);

/// <summary>Path parameters that many routes read.</summary>
internal static class Input
{
    public static Func<Call, ResourceId> Id(string name) => call => call.Path<ResourceId>(name);

    /// <summary>
    /// For the DELETE of a resource that administrators can also remove permanently with <c>hard=true</c>.
    /// </summary>
    public static Func<Call, Removal> Removal(string name) =>
        call => new(call.Path<ResourceId>(name), call.QueryFlag("hard"));

    public static Func<Call, Guid> Uuid(string name) => call => call.PathUuid(name);
}
