using System.Buffers.Binary;
using System.Net;
using Paddock.Server.Ground.Audit;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>The kinds of callers, whose shares are counted separately.</summary>
internal enum CallerKind
{
    /// <summary>The server's own background work, which has no share.</summary>
    Server,

    /// <summary>An anonymous caller, identified by the address.</summary>
    Address,
    User,
    ProjectKey,
    ApiKey,
}

/// <summary>A caller whose requests share one allowance.</summary>
internal interface ICounted
{
    /// <summary>The key that the caller's share is counted under; null for anonymous callers.</summary>
    CallerKey? CountedAs { get; }

    /// <summary>How the audit log names the caller; null for anonymous callers.</summary>
    Actor? Actor { get; }
}

/// <summary>The key under which a caller's share of a limited resource is counted.</summary>
/// <param name="Id">The id of a user, project or organization, or the number of an address. 64 bits, because methods
/// that use 128-bit integers are never precompiled, which would delay each start.</param>
internal readonly record struct CallerKey(CallerKind Kind, ulong Id)
{
    /// <summary>
    /// Makes the key of an address. Of an IPv6 address only the first 64 bits count, which name the network: a client
    /// with one address of a network has all of them. An IPv4 address keeps the prefix ffff of its mapped form, which
    /// no IPv6 network has.
    /// </summary>
    public static CallerKey Of(IPAddress address)
    {
        var mapped = address.MapToIPv6();
        var bytes = mapped.GetAddressBytes().AsSpan();
        return new(
            CallerKind.Address,
            BinaryPrimitives.ReadUInt64BigEndian(mapped.IsIPv4MappedToIPv6 ? bytes[8..] : bytes)
        );
    }
}
