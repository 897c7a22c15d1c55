namespace Paddock.Server.Ground.Pages;

/// <summary>Formats durations for pages.</summary>
internal static class Span
{
    public static string Text(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 60 } => $"{Math.Max(0, (int)span.TotalSeconds)} s",
            { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min {span.Seconds} s",
            { TotalDays: < 1 } => $"{(int)span.TotalHours} h {span.Minutes} min",
            _ => $"{(int)span.TotalDays} d {span.Hours} h",
        };

    /// <summary>Formats how long ago something was, in one unit: "3 days ago".</summary>
    public static string Ago(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 60 } => "just now",
            { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min ago",
            { TotalHours: < 24 } => Count((int)span.TotalHours, "hour"),
            { TotalDays: < 60 } => Count((int)span.TotalDays, "day"),
            { TotalDays: < 730 } => Count((int)(span.TotalDays / 30.4), "month"),
            _ => Count((int)(span.TotalDays / 365.25), "year"),
        };

    private static string Count(int count, string unit) => $"{count} {unit}{(count == 1 ? "" : "s")} ago";
}
