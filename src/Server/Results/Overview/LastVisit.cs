using System.Globalization;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Overview;

/// <summary>The times of a reader's current and previous visits, kept in a cookie in the reader's browser.</summary>
internal static class LastVisit
{
    private const string Name = "paddock-seen";
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(30); // Page views this close together are one visit.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    /// <summary>Records this visit.</summary>
    /// <returns>The time of the previous visit; null if this is the first.</returns>
    public static DateTimeOffset? Note(Call call, DateTimeOffset now)
    {
        var (before, last) = Read(call.Http.Request.Cookies[Name]);
        if (last is { } known && now - known > Pause)
            before = known;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{before?.ToUnixTimeSeconds() ?? 0}.{now.ToUnixTimeSeconds()}"
        );
        call.Http.Response.Cookies.Append(
            Name,
            text,
            new()
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/",
                MaxAge = Kept,
            }
        );
        return before;
    }

    private static (DateTimeOffset? Before, DateTimeOffset? Last) Read(string? text) =>
        text?.Split('.') is [var before, var last] ? (Time(before), Time(last)) : (null, null);

    private static DateTimeOffset? Time(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
