using System.Globalization;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Overview;

/// <summary>
/// When a reader was here before, kept by the reader's own browser: the time of this visit and of the one before.
/// </summary>
internal static class LastVisit
{
    private const string Name = "paddock-seen";
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(30); // Two pages within it are one visit.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    /// <summary>Notes this visit.</summary>
    /// <returns>When the visit before it was; null for none.</returns>
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
