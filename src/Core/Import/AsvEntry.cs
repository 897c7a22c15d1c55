using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Paddock.Core.Import;

/// <summary>
/// The values of one benchmark in an asv result file: a single value, or a value for each combination of parameters.
/// </summary>
internal static partial class AsvEntry
{
    // Limits memory use: a damaged file may have 10^7 combinations.
    private const int CombinationsMax = 1_000_000;

    internal readonly record struct Values(
        IReadOnlyList<double?> Value,
        IReadOnlyList<double?> Lower,
        IReadOnlyList<double?> Upper,
        JsonElement Parameters
    );

    /// <param name="columns">The names of the columns in asv's second format; null in its first format.</param>
    public static Values Read(JsonElement entry, IReadOnlyList<string?>? columns) =>
        (columns, entry.ValueKind) switch
        {
            (not null, JsonValueKind.Array) => OfColumns(entry, columns),
            (_, JsonValueKind.Object) => OfObject(entry),
            _ => new(Numbers(entry), [], [], default),
        };

    private static Values OfColumns(JsonElement entry, IReadOnlyList<string?> columns)
    {
        JsonElement Column(string name) =>
            columns.Index().FirstOrDefault(one => one.Item == name, (-1, null)).Index is >= 0 and var at
            && at < entry.GetArrayLength()
                ? entry[at]
                : default;
        return new(
            Numbers(Column("result")),
            Numbers(Column("stats_ci_99_a")),
            Numbers(Column("stats_ci_99_b")),
            Column("params")
        );
    }

    private static Values OfObject(JsonElement entry)
    {
        var (lower, upper) = (new List<double?>(), new List<double?>());
        if (entry.TryGetProperty("stats", out var stats) && stats.ValueKind == JsonValueKind.Array)
            foreach (var one in stats.EnumerateArray())
            {
                var interval =
                    one.ValueKind == JsonValueKind.Object && one.TryGetProperty("ci_99", out var of) ? Numbers(of) : [];
                lower.Add(interval.Count == 2 ? interval[0] : null);
                upper.Add(interval.Count == 2 ? interval[1] : null);
            }
        return new(
            entry.TryGetProperty("result", out var result) ? Numbers(result) : [],
            lower,
            upper,
            entry.TryGetProperty("params", out var parameters) ? parameters : default
        );
    }

    private static List<double?> Numbers(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Array => [.. json.EnumerateArray().Select(Number)],
            JsonValueKind.Undefined => [],
            _ => [Number(json)],
        };

    private static double? Number(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>
    /// The name of each value: "bench(1, 'a')" for a combination of parameters. The last parameter varies fastest.
    /// </summary>
    public static string[] Names(string benchmark, JsonElement parameters, int count)
    {
        var all =
            parameters.ValueKind == JsonValueKind.Array
                ? parameters
                    .EnumerateArray()
                    .Where(one => one.ValueKind == JsonValueKind.Array)
                    .Select(one => one.EnumerateArray().Select(value => value.ToString()).ToList())
                    .ToList()
                : [];
        long combinations = 1;
        foreach (var one in all)
            combinations = Math.Min(combinations * one.Count, CombinationsMax + 1L);
        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            if (all.Count == 0 || combinations != count)
            {
                names[i] = count == 1 ? benchmark : $"{benchmark}({i})";
                continue;
            }
            var (values, rest) = (new string[all.Count], i);
            for (var p = all.Count - 1; p >= 0; p--)
                (values[p], rest) = (all[p][rest % all[p].Count], rest / all[p].Count);
            names[i] = $"{benchmark}({string.Join(", ", values)})";
        }
        return names;
    }

    /// <summary>
    /// asv writes NaN and Infinity, which JSON does not allow. Both mean that there is no value, so they become null.
    /// </summary>
    public static ReadOnlyMemory<byte> WithoutNaN(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.IndexOf("NaN"u8) < 0 && utf8.Span.IndexOf("Infinity"u8) < 0
            ? utf8
            : Encoding.UTF8.GetBytes(NotANumber.Replace(Encoding.UTF8.GetString(utf8.Span), "$1null"));

    [GeneratedRegex(@"([:,\[]\s*)(NaN|-?Infinity)(?=\s*[,\]}])")]
    private static partial Regex NotANumber { get; }
}
