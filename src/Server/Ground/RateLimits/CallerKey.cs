using System.Buffers.Binary;
using System.Net;
using Paddock.Server.Access.Sessions;

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

/// <summary>Who a share of something limited is counted for.</summary>
internal readonly record struct CallerKey(CallerKind Kind, UInt128 Id)
{
    /// <summary>All keys of a project count as one caller, and so do all keys of an organization.</summary>
    public static CallerKey? Of(Caller caller) => caller switch
    {
        UserCaller { User.Id: var user } => new(CallerKind.User, (UInt128)user),
        ProjectKeyCaller { ProjectId: var project } => new(CallerKind.ProjectKey, (UInt128)project),
        ApiKeyCaller { Key.OrganizationId: var organization } => new(CallerKind.ApiKey, (UInt128)organization),
        _ => null,
    };

    /// <summary>Of an IPv6 address only the half that names the network counts: whoever has one address of a network
    /// has all of them.</summary>
    public static CallerKey Of(IPAddress address)
    {
        var bytes = address.MapToIPv6().GetAddressBytes();
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new(CallerKind.Address, new IPAddress(bytes).IsIPv4MappedToIPv6 ? number : number >> 64);
    }
}
