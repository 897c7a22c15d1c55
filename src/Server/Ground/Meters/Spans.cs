using System.Diagnostics;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// What the server does for a request after its answer, or for a job, as spans of the request's trace. Nothing is made
/// where nobody records.
/// </summary>
internal static class Spans
{
    public const string Name = "Paddock";

    private static readonly ActivitySource Own = new(Name);

    /// <summary>
    /// The span that is open now, as W3C's <c>traceparent</c>, for work that goes on later and maybe on another server;
    /// null where its trace is not recorded.
    /// </summary>
    public static string? Parent => Activity.Current is { Recorded: true } now ? now.Id : null;

    /// <summary>Whether anybody collects them.</summary>
    public static bool AreCollected => Own.HasListeners();

    /// <summary>Begins a span below the one that is open, or below a parent that was kept.</summary>
    public static Activity? Begin(string name, string? parent = null) =>
        parent is null ? Own.StartActivity(name)
        : ActivityContext.TryParse(parent, null, isRemote: true, out var context)
            ? Own.StartActivity(name, ActivityKind.Internal, context)
        : null;

    /// <summary>A span that is over, with what it is about.</summary>
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
        // The span that is open has nothing to do with it.
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
