namespace Paddock.Server.Ground.Pages;

/// <summary>A UUID as pages show it.</summary>
internal static class ShortId
{
    /// <summary>
    /// The end of it: a UUIDv7 begins with its time, which is alike for everything made within a minute.
    /// </summary>
    public static string Of(Guid uuid) => uuid.ToString()[^8..];
}
