using System.Globalization;
using Microsoft.Extensions.Primitives;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Reads the form of the plot page. Without a script, a form repeats a name for each checked box and submits days as
/// dates; a plot's address has lists and milliseconds. This class converts the form to the address, so that the address
/// bar can be shared.
/// </summary>
internal static class PerfForm
{
    /// <summary>The field that marks a query as submitted by the form.</summary>
    public const string Mark = "view";

    /// <summary>The field with the search text for benchmarks, in the form and in a plot's address.</summary>
    public const string Find = "find";

    /// <summary>The checkbox that selects all benchmarks that were found.</summary>
    public const string Pick = "pick";

    public static string? FindOf(Call call) => call.Query(Find) is { Length: > 0 } text ? text : null;

    public static bool IsSent(Call call) => call.Query(Mark) is not null;

    public static (PerfQuery Query, PerfDisplay Display) Read(Call call)
    {
        var (branches, heads) = Pairs(call, "branch");
        var (testbeds, specs) = Pairs(call, "testbed");
        return (
            new(
                branches,
                heads,
                testbeds,
                specs,
                Pairs(call, "benchmark").First,
                Pairs(call, "measure").First,
                Day(call, "from"),
                Day(call, "to") is { } last ? last.AddDays(1).AddSeconds(-1) : null
            ),
            PerfDisplay.Of(call)
        );
    }

    /// <summary>
    /// The value of a checkbox: a branch with its head, or a testbed with its spec. The second part is optional.
    /// </summary>
    public static string Pair(Guid first, Guid? second) => second is null ? first.ToString() : $"{first}.{second}";

    public static string? Day(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static (IReadOnlyList<Guid> First, IReadOnlyList<Guid?> Second) Pairs(Call call, string name)
    {
        var (first, second) = (new List<Guid>(), new List<Guid?>());
        foreach (var text in call.Http.Request.Query.TryGetValue(name, out var values) ? values : StringValues.Empty)
        {
            var dot = (text ?? "").IndexOf('.', StringComparison.Ordinal);
            Guid? part = null;
            if (
                !UuidText.TryParse(dot < 0 ? text : text![..dot], out var uuid)
                || (dot >= 0 && (part = Uuid(text![(dot + 1)..])) is null)
            )
                throw Call.BadQuery(name, $"{Text.Quote(text)} is neither a UUID nor two with a dot between them");
            first.Add(uuid);
            second.Add(part);
        }
        return (first, second);
    }

    private static Guid? Uuid(string text) => UuidText.TryParse(text, out var uuid) ? uuid : null;

    private static DateTimeOffset? Day(Call call, string name)
    {
        if (call.Query(name) is not { Length: > 0 } text)
            return null;
        return
            DateTimeOffset.TryParseExact(
                text,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var day
            ) && EnteredTime.IsAllowed(day)
            ? day
            : throw Call.BadQuery(name, $"{Text.Quote(text)} is not a day such as 2026-11-20");
    }
}
