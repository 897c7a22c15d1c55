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
internal readonly record struct CallerKey(CallerKind Kind, UInt128 Id)
{
    /// <summary>
    /// Makes the key of an address. Of an IPv6 address only the first 64 bits count, which name the network: a client
    /// with one address of a network has all of them.
    /// </summary>
    public static CallerKey Of(IPAddress address)
    {
        var bytes = address.MapToIPv6().GetAddressBytes();
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new(CallerKind.Address, new IPAddress(bytes).IsIPv4MappedToIPv6 ? number : number >> 64);
    }
}
