using System.Diagnostics;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// Creates spans for work that the server does for a job, or for a request after its answer, in the request's trace.
/// Costs nothing without a listener.
/// </summary>
internal static class Spans
{
    public const string Name = "Paddock";

    private static readonly ActivitySource Own = new(Name);

    /// <summary>
    /// The current span as W3C <c>traceparent</c>, for work that continues later, maybe on another server; null if its
    /// trace is not recorded.
    /// </summary>
    public static string? Parent => Activity.Current is { Recorded: true } now ? now.Id : null;

    /// <summary>True when a listener collects spans.</summary>
    public static bool AreCollected => Own.HasListeners();

    /// <summary>Starts a span under the current span, or under a stored parent.</summary>
    public static Activity? Begin(string name, string? parent = null) =>
        parent is null ? Own.StartActivity(name)
        : ActivityContext.TryParse(parent, null, isRemote: true, out var context)
            ? Own.StartActivity(name, ActivityKind.Internal, context)
        : null;

    /// <summary>Records a span that has already ended, with its tags.</summary>
    public static void Add(
        string name,
        string? parent,
        DateTimeOffset? start,
        DateTimeOffset? end,
        params ReadOnlySpan<(string Key, object? Value)> tags
    )
    {
        if (start is not { } from || end is not { } to)
            return;
        if (!ActivityContext.TryParse(parent, null, isRemote: true, out var context))
            return;
        // The current span is unrelated, so it must not become the parent.
        var open = Activity.Current;
        Activity.Current = null;
        using (var span = Own.StartActivity(name, ActivityKind.Internal, context, startTime: from))
        {
            foreach (var (key, value) in tags)
                span?.SetTag(key, value);
            span?.SetEndTime(to.UtcDateTime);
        }
        Activity.Current = open;
    }
}
