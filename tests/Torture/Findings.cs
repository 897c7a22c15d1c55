using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Paddock.Torture;

/// <summary>What the server did that it must not do, each kind once, with how often it happened.</summary>
internal sealed partial class Findings
{
    private const int KindsMax = 200;

    private readonly ConcurrentDictionary<string, (int Times, string First)> kinds = new();

    public bool IsEmpty => kinds.IsEmpty;

    /// <summary>How many there were, of all kinds together.</summary>
    public int Count => kinds.Values.Sum(kind => kind.Times);

    /// <summary>Each kind: the first one as it was, and how often it happened.</summary>
    public IReadOnlyList<(string Text, int Times)> All =>
        [.. kinds.Values.Select(kind => (kind.First, kind.Times)).OrderByDescending(kind => kind.Times)];

    /// <param name="of">What tells the kind, where the finding has more in it that differs.</param>
    public void Add(string finding, string? of = null)
    {
        var kind = Varying.Replace(of ?? finding, "…");
        if (kinds.Count < KindsMax || kinds.ContainsKey(kind))
            kinds.AddOrUpdate(kind, (1, finding), (_, before) => (before.Times + 1, before.First));
    }

    // Identifiers and numbers differ between two of one kind.
    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|0HN[0-9A-Z:]+|[0-9]+")]
    private static partial Regex Varying { get; }
}
