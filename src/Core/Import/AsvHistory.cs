using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Import;

/// <summary>A file of an asv results folder, with its path relative to that folder.</summary>
public sealed record AsvFile(string Path, ReadOnlyMemory<byte> Utf8);

/// <summary>
/// Reads the results folder of airspeed velocity: a folder for each machine, with <c>machine.json</c> and a file for
/// each commit and environment. Reads both asv's first format and the later one with columns. Benchmarks and measures
/// are named as the asv adapter names them.
/// </summary>
public sealed class AsvHistory
{
    private readonly ImportedHistory history = new();
    private readonly Dictionary<string, string> units = [];
    private readonly Dictionary<string, string?> kinds = [];
    private readonly Dictionary<string, JsonElement> parameters = [];
    private readonly ImportPlace place;

    private AsvHistory(ImportPlace place) => this.place = place;

    /// <param name="isTestbedGiven">True when all results go to the testbed of <paramref name="place"/>, not to one
    /// testbed per machine.</param>
    /// <exception cref="ImportException">The files contain no results.</exception>
    public static ImportedHistory Read(IReadOnlyList<AsvFile> files, ImportPlace place, bool isTestbedGiven)
    {
        var reader = new AsvHistory(place);
        reader.ReadBenchmarks(files.FirstOrDefault(file => file.Path == "benchmarks.json"));
        var machines = files
            .Where(file => file.Path.EndsWith("/machine.json", StringComparison.Ordinal))
            .Select(file => (Folder: FolderOf(file.Path), Machine: TextOf(Parse(file.Utf8), "machine")))
            .ToDictionary(one => one.Folder, one => one.Machine);
        if (machines.Count == 0)
            throw new ImportException(
                "it contains no machine.json; allowed: the results folder of asv, which has a folder for each "
                    + "machine"
            );
        var runs = files
            .Where(file =>
                file.Path.Contains('/', StringComparison.Ordinal)
                && !file.Path.EndsWith("/machine.json", StringComparison.Ordinal)
            )
            .Select(file => reader.RunOf(file, machines.GetValueOrDefault(FolderOf(file.Path))))
            .OfType<AsvRun>()
            .ToList();
        // The environment with the most results keeps plain names, as later runs in that environment will have. In
        // other environments, benchmarks of the same names get a suffix.
        var usual = runs.GroupBy(run => run.Environment).MaxBy(of => of.Count())?.Key;
        var shared = runs.Where(run => run.Environment == usual).SelectMany(run => run.Names).ToHashSet();
        foreach (var run in runs)
            reader.Add(
                run,
                run.Environment != usual && run.Names.Any(shared.Contains) ? $" [{run.Environment}]" : "",
                isTestbedGiven
            );
        return reader.history;
    }

    private sealed record AsvRun(
        string Path,
        string Machine,
        string Environment,
        GitHash Hash,
        DateTimeOffset Time,
        JsonElement Json,
        string[] Names
    );

    private void ReadBenchmarks(AsvFile? file)
    {
        if (file is null || Parse(file.Utf8) is not { ValueKind: JsonValueKind.Object } json)
            return;
        foreach (var benchmark in json.EnumerateObject())
        {
            if (benchmark.Value.ValueKind != JsonValueKind.Object)
                continue;
            if (TextOf(benchmark.Value, "unit") is { } unit)
                units[benchmark.Name] = unit;
            kinds[benchmark.Name] = TextOf(benchmark.Value, "type");
            if (benchmark.Value.TryGetProperty("params", out var of))
                parameters[benchmark.Name] = of;
        }
    }

    private AsvRun? RunOf(AsvFile file, string? machine)
    {
        if (machine is null)
            return Leave("its folder has no machine.json");
        if (Parse(file.Utf8) is not { ValueKind: JsonValueKind.Object } json)
            return Leave("it is not JSON");
        if (!GitHash.TryParse(TextOf(json, "commit_hash"), out var hash))
            return Leave("it has no commit_hash");
        if (!json.TryGetProperty("results", out var results) || results.ValueKind != JsonValueKind.Object)
            return Leave("it has no results");
        var of = json.TryGetProperty("params", out var all) ? TextOf(all, "machine") : null;
        if (of is not null && of != machine)
            return Leave($"it was measured on {of}, but its folder belongs to {machine}");
        if (
            !json.TryGetProperty("date", out var date)
            || !date.TryGetDouble(out var milliseconds)
            || milliseconds is not (> 0 and < 7e12)
        )
            return Leave("it has no date");
        var name = file.Path[(file.Path.IndexOf('/', StringComparison.Ordinal) + 1)..^".json".Length];
        var environment = TextOf(json, "env_name")
            ?? (name.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash ? name[(dash + 1)..] : name);
        return new(
            file.Path,
            machine,
            environment,
            hash,
            DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds),
            json,
            [.. results.EnumerateObject().Select(one => one.Name)]
        );

        AsvRun? Leave(string why)
        {
            history.LeaveOut(file.Path, why);
            return null;
        }
    }

    private void Add(AsvRun run, string suffix, bool isTestbedGiven)
    {
        var results = new Results();
        var columns =
            run.Json.TryGetProperty("result_columns", out var named) && named.ValueKind == JsonValueKind.Array
                ? named.EnumerateArray().Select(one => one.GetString()).ToList()
                : null;
        foreach (var benchmark in run.Json.GetProperty("results").EnumerateObject())
        {
            var (values, lower, upper, of) = AsvEntry.Read(benchmark.Value, columns);
            if (of.ValueKind != JsonValueKind.Array)
                of = parameters.GetValueOrDefault(benchmark.Name);
            var names = AsvEntry.Names(benchmark.Name, of, values.Count);
            for (var i = 0; i < values.Count; i++)
                AddValue(
                    results,
                    benchmark.Name,
                    names[i] + suffix,
                    values[i],
                    lower.ElementAtOrDefault(i),
                    upper.ElementAtOrDefault(i)
                );
        }
        results.Settle();
        var testbed =
            !isTestbedGiven && NameId<ResourceName>.TryParse(run.Machine, out var machine) ? machine : place.Testbed;
        history.Add(run.Path, place with { Testbed = testbed }, run.Hash, run.Time, Adapter.PythonAsv, results);
    }

    private void AddValue(Results results, string benchmark, string name, double? value, double? lower, double? upper)
    {
        if (Found.Name(name) is not { } valid)
            results.LeaveOut(name, "its name is not valid");
        else if (value is not { } number)
            results.LeaveOut(name, "it has no value: it failed or was skipped");
        else if (KindOf(benchmark) is "time" or "timeraw")
            results.Sample(valid, BuiltInMeasure.Latency.Id, new Metric(number, lower, upper).Times(1e9));
        else
        {
            var kind = KindOf(benchmark);
            results.SampleMore(
                valid,
                kind,
                kind is "mem" or "peakmem" ? "bytes (B)" : units.GetValueOrDefault(benchmark),
                new(number, lower, upper)
            );
        }
    }

    // The kind from benchmarks.json if given there. Otherwise the prefix of the function's name decides, as in asv.
    private string KindOf(string benchmark)
    {
        var function = benchmark[(benchmark.LastIndexOf('.') + 1)..];
        return kinds.GetValueOrDefault(benchmark) switch
        {
            "time" => "time",
            "memory" => "mem",
            "peakmemory" => "peakmem",
            "track" => "track",
            _ => function.Split('_')[0] is "time" or "timeraw" or "mem" or "peakmem" ? function.Split('_')[0] : "track",
        };
    }

    private static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(AsvEntry.WithoutNaN(utf8), new() { AllowTrailingCommas = true });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
