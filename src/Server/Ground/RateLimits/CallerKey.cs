using System.Buffers.Binary;
using System.Net;
using Paddock.Server.Ground.Audit;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>The kinds of callers whose shares are counted apart.</summary>
internal enum CallerKind
{
    /// <summary>The server's own background work, which has no share.</summary>
    Server,

    /// <summary>Somebody who has not signed in, known by the address.</summary>
    Address,
    User,
    ProjectKey,
    ApiKey,
}

/// <summary>Somebody whose requests share one allowance.</summary>
internal interface ICounted
{
    /// <summary>
    /// The key that the share is counted under; null for callers who are known by their address only.
    /// </summary>
    CallerKey? CountedAs { get; }

    /// <summary>How the audit log names the caller; null for somebody who has not signed in.</summary>
    Actor? Actor { get; }
}

/// <summary>Who a share of something limited is counted for.</summary>
internal readonly record struct CallerKey(CallerKind Kind, UInt128 Id)
{
    /// <summary>Of an IPv6 address only the half that names the network counts: whoever has one address of a network
    /// has all of them.</summary>
    public static CallerKey Of(IPAddress address)
    {
        var bytes = address.MapToIPv6().GetAddressBytes();
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new(CallerKind.Address, new IPAddress(bytes).IsIPv4MappedToIPv6 ? number : number >> 64);
    }
}
