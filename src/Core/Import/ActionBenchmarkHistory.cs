using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Names;

namespace Paddock.Core.Import;

/// <summary>
/// Reads the <c>data.js</c> of github-action-benchmark: suites of entries. Each entry is a commit with the values of
/// its benchmarks.
/// </summary>
public static class ActionBenchmarkHistory
{
    private const string Allowed =
        "allowed: the data.js of github-action-benchmark, \"window.BENCHMARK_DATA = { … }\", or its JSON";

    /// <exception cref="ImportException">The text is not a <c>data.js</c> file.</exception>
    public static ImportedHistory Read(ReadOnlyMemory<byte> utf8, ImportPlace place)
    {
        var start = utf8.Span.IndexOf((byte)'{');
        if (start < 0)
            throw new ImportException($"it contains no JSON object; {Allowed}");
        var json = utf8[start..];
        var end = json.Span.LastIndexOf((byte)'}');
        try
        {
            using var document = JsonDocument.Parse(json[..(end + 1)]);
            if (
                !document.RootElement.TryGetProperty("entries", out var suites)
                || suites.ValueKind != JsonValueKind.Object
            )
                throw new ImportException($"entries is missing; {Allowed}");
            return Read(suites, place);
        }
        catch (JsonException e)
        {
            throw new ImportException($"it is not JSON ({e.Message.TrimEnd('.')}); {Allowed}");
        }
    }

    private static ImportedHistory Read(JsonElement suites, ImportPlace place)
    {
        var history = new ImportedHistory();
        var shared = SharedNames(suites);
        foreach (var suite in suites.EnumerateObject())
        foreach (var entry in Items(suite.Value))
        {
            var tool = TextOf(entry, "tool") ?? "";
            var commit =
                entry.TryGetProperty("commit", out var of) && of.ValueKind == JsonValueKind.Object ? of : default;
            var hash = GitHash.TryParse(TextOf(commit, "id"), out var valid) ? valid : null;
            if (TimeOf(entry, commit) is not { } time)
            {
                history.LeaveOut(
                    $"{suite.Name}: {TextOf(commit, "id")}",
                    "it has no date, and its commit has no timestamp"
                );
                continue;
            }
            var results = Results(entry, suite.Name, tool, shared);
            if (results is null)
                history.LeaveOut($"{suite.Name}: {hash?.Value}", "its benches are not a list of name, value and unit");
            else
                history.Add(suite.Name, place, hash, time, AdapterOf(tool), results);
        }
        return history;
    }

    /// <summary>
    /// The names of benchmarks that occur in several suites. The suite is appended to these names to tell them apart.
    /// </summary>
    private static HashSet<string> SharedNames(JsonElement suites)
    {
        var (seen, shared) = (new HashSet<string>(), new HashSet<string>());
        foreach (var suite in suites.EnumerateObject())
        {
            var names = Items(suite.Value)
                .SelectMany(entry => entry.TryGetProperty("benches", out var all) ? Items(all) : [])
                .Select(bench => TextOf(bench, "name"))
                .OfType<string>()
                .Distinct()
                .ToList();
            shared.UnionWith(names.Where(seen.Contains));
            seen.UnionWith(names);
        }
        return shared;
    }

    private static Results? Results(JsonElement entry, string suite, string tool, HashSet<string> shared)
    {
        if (!entry.TryGetProperty("benches", out var benches) || benches.ValueKind != JsonValueKind.Array)
            return null;
        var list = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(list))
        {
            json.WriteStartArray();
            foreach (var bench in Items(benches))
            {
                if (TextOf(bench, "name") is not { } name || !bench.TryGetProperty("value", out var value))
                    return null;
                if (shared.Contains(name))
                    name = $"{name} ({suite})";
                var (unit, range) = (TextOf(bench, "unit") ?? "value", TextOf(bench, "range"));
                if (tool == "pytest" && TimeOfRound(bench, range) is var (mean, deviation))
                {
                    // The entry's value is a rate, but its range is in seconds. The mean time fits that range, and is
                    // what the pytest adapter records.
                    Write(json, name, "s", mean, deviation?.ToString("R", CultureInfo.InvariantCulture));
                    continue;
                }
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteString("unit"u8, unit);
                json.WritePropertyName("value"u8);
                value.WriteTo(json);
                if (range is not null)
                    json.WriteString("range"u8, range);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Harness.Read(Adapter.Json, list.WrittenSpan, ReadOptions.Usual).Results;
    }

    private static void Write(Utf8JsonWriter json, string name, string unit, double value, string? range)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        json.WriteString("unit"u8, unit);
        json.WriteNumber("value"u8, value);
        if (range is not null)
            json.WriteString("range"u8, range);
        json.WriteEndObject();
    }

    /// <summary>
    /// The mean time of pytest-benchmark in seconds, from the entry's "mean: 12.97 usec", and its deviation, from the
    /// range "stddev: 6.3e-7".
    /// </summary>
    private static (double Mean, double? Deviation)? TimeOfRound(JsonElement bench, string? range)
    {
        var words = (TextOf(bench, "extra") ?? "").Split('\n')[0].Split(' ');
        if (words is not ["mean:", var number, var unit] || !Parse(number, out var mean))
            return null;
        double? scale = unit switch
        {
            "sec" => 1,
            "msec" => 1e-3,
            "usec" => 1e-6,
            "nsec" => 1e-9,
            _ => null,
        };
        if (scale is null)
            return null;
        return (
            mean * scale.Value,
            range?.StartsWith("stddev: ", StringComparison.Ordinal) is true
            && Parse(range["stddev: ".Length..], out var deviation)
                ? deviation
                : null
        );
    }

    private static bool Parse(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static DateTimeOffset? TimeOf(JsonElement entry, JsonElement commit)
    {
        if (
            entry.TryGetProperty("date", out var date)
            && date.ValueKind == JsonValueKind.Number
            && date.TryGetInt64(out var milliseconds)
            && milliseconds is > 0 and < 253_402_300_799_999
        )
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return DateTimeOffset.TryParse(TextOf(commit, "timestamp"), CultureInfo.InvariantCulture, out var time)
            ? time
            : null;
    }

    private static IEnumerable<JsonElement> Items(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array
            ? json.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var value)
            ? null
            : value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };

    private static Adapter AdapterOf(string tool) =>
        tool switch
        {
            "cargo" => Adapter.RustBench,
            "go" => Adapter.GoBench,
            "benchmarkjs" => Adapter.JsBenchmark,
            "pytest" => Adapter.PythonPytest,
            "googlecpp" => Adapter.CppGoogle,
            "catch2" => Adapter.CppCatch2,
            "benchmarkdotnet" => Adapter.CSharpDotNet,
            "jmh" => Adapter.JavaJmh,
            _ => Adapter.Json,
        };
}
