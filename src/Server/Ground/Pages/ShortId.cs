namespace Paddock.Server.Ground.Pages;

/// <summary>The short form of a UUID on pages.</summary>
internal static class ShortId
{
    /// <summary>
    /// Takes the end of the UUID: a UUIDv7 begins with its time, which is the same for everything created within a
    /// minute.
    /// </summary>
    public static string Of(Guid uuid) => uuid.ToString()[^8..];
}
