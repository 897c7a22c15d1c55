using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Selects some of a plot's combinations. An entry is a list of UUIDs with dots between them, of branches, heads,
/// testbeds, specs, benchmarks or measures. It matches every line that has all of them.
/// </summary>
/// <param name="Only">If not empty, all other lines are left out.</param>
internal sealed record LineChoice(IReadOnlyList<IReadOnlyList<Guid>> Hide, IReadOnlyList<IReadOnlyList<Guid>> Only)
{
    private const int PartsMax = 6;

    public static readonly LineChoice All = new([], []);

    public static LineChoice Of(Call call) => new(Entries(call, "hide"), Entries(call, "only"));

    /// <param name="line">The UUIDs of everything that the line consists of.</param>
    public bool Shows(IReadOnlyCollection<Guid> line) =>
        !Hide.Any(entry => entry.All(line.Contains))
        && (Only.Count == 0 || Only.Any(entry => entry.All(line.Contains)));

    public static string TextOf(IReadOnlyList<IReadOnlyList<Guid>> entries) =>
        string.Join(',', entries.Select(entry => string.Join('.', entry)));

    private static Guid[][] Entries(Call call, string name)
    {
        if (call.Query(name) is not { Length: > 0 } text)
            return [];
        var entries = Uri.UnescapeDataString(text).Split(',');
        if (entries.Length > PerfQuery.SeriesMax)
            throw Call.BadQuery(name, $"has {entries.Length} lines; allowed: {PerfQuery.SeriesMax} at most");
        return Array.ConvertAll(entries, entry =>
        {
            var parts = entry.Split('.');
            return parts.Length > PartsMax
                ? throw Call.BadQuery(name, $"{Text.Quote(entry)} has more than {PartsMax} UUIDs")
                : Array.ConvertAll(parts, part =>
                    UuidText.TryParse(part, out var uuid)
                        ? uuid
                        : throw Call.BadQuery(
                            name,
                            $"{Text.Quote(part)} is not a UUID; a line is named by UUIDs with dots between them"
                        )
                );
        });
    }
}
