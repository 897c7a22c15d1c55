using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Paddock.Torture;

/// <summary>Collects forbidden behavior of the server: each kind once, with the number of occurrences.</summary>
internal sealed partial class Findings
{
    private const int KindsMax = 200;

    private readonly ConcurrentDictionary<string, (int Times, string First)> kinds = new();

    public bool IsEmpty => kinds.IsEmpty;

    /// <summary>The number of findings of all kinds.</summary>
    public int Count => kinds.Values.Sum(kind => kind.Times);

    /// <summary>Each kind: its first finding and the number of occurrences.</summary>
    public IReadOnlyList<(string Text, int Times)> All =>
        [.. kinds.Values.Select(kind => (kind.First, kind.Times)).OrderByDescending(kind => kind.Times)];

    /// <param name="of">The text that identifies the kind, if the finding contains varying parts.</param>
    public void Add(string finding, string? of = null)
    {
        var kind = Varying.Replace(of ?? finding, "…");
        if (kinds.Count < KindsMax || kinds.ContainsKey(kind))
            kinds.AddOrUpdate(kind, (1, finding), (_, before) => (before.Times + 1, before.First));
    }

    // Identifiers and numbers vary between findings of one kind.
    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|0HN[0-9A-Z:]+|[0-9]+")]
    private static partial Regex Varying { get; }
}
