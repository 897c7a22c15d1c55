using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>Reads one benchmark's summary in version 6 of Gungraun's schema, and in version 7 and later.</summary>
internal static class GungraunSummary
{
    private const int VersionStrict = 6;

    // The required fields alone take more than this. Shorter text is not parsed, because invalid JSON costs an
    // exception.
    private const int LengthMin = 80;

    // Fields that are not used, but are always present in version 6.
    private static readonly byte[][] Others =
    [
        .. "function_name benchmark_exe benchmark_file package_dir project_root"
            .Split(' ')
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>True when a text may contain a summary.</summary>
    public static bool IsIn(ReadOnlySpan<byte> utf8) =>
        utf8.IndexOf("module_path"u8) >= 0 || Json.HasEscapedLetter(utf8);

    /// <summary>Adds the benchmark of a summary. A text that is not a summary is ignored.</summary>
    public static void Read(ReadOnlySpan<byte> utf8, Results results)
    {
        if (utf8.Length < LengthMin || !IsIn(utf8))
            return;
        BenchmarkName? name = null;
        List<(GungraunTool Tool, NameId<ResourceName> Measure, double Value)> figures = [];
        if (!Json.Document(utf8, (ref Utf8JsonReader json) => Root(ref json, figures, out name)))
        {
            figures.Clear();
            if (
                BareNumbers.Quoted(utf8) is not { } quoted
                || !Json.Document(quoted, (ref Utf8JsonReader json) => Root(ref json, figures, out name))
            )
                return;
        }
        foreach (var (_, measure, value) in figures)
            if (double.IsNaN(value))
                results.LeaveOut($"{name} {measure}", "it is not a number");
        figures.RemoveAll(figure => double.IsNaN(figure.Value));
        GungraunMeasures.AddTo(results, results.Benchmark(name!), figures);
    }

    private static bool Root(
        ref Utf8JsonReader json,
        List<(GungraunTool, NameId<ResourceName>, double)> figures,
        out BenchmarkName? name
    )
    {
        name = null;
        if (!json.Object())
            return false;
        string? version = null,
            module = null,
            id = null;
        bool kind = false,
            baselines = false,
            profiles = false;
        var shape = Shape.None;
        var others = 0;
        while (json.Property())
        {
            var fine =
                json.Is("version"u8) ? json.Text(out version)
                : json.Is("module_path"u8) ? json.Text(out module)
                : json.Is("id"u8) ? json.TextOrNull(out id)
                : json.Is("profiles"u8) ? profiles = Profiles(ref json, figures, ref shape)
                : json.Is("kind"u8) ? kind = json.Other()
                : json.Is("baselines"u8) ? baselines = json.Other()
                : !IsOther(ref json, ref others) || json.Text(out _);
            if (!fine)
                return false;
        }
        if (
            module is null
            || !profiles
            || !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
            return false;
        if (number < VersionStrict)
            return false;
        if (
            number == VersionStrict
            && (!kind || !baselines || others != (1 << Others.Length) - 1 || shape == Shape.Data)
        )
            return false;
        if (number > VersionStrict && shape == Shape.Summaries)
            return false;
        name = Found.Name(id is null ? module : $"{module}::{id}");
        return name is not null;
    }

    // Where a profile has its figures: under "summaries" in version 6, under "data" in later versions.
    private enum Shape
    {
        None,
        Summaries,
        Data,
    }

    // Marks the required field that the current property is. Any other property is skipped.
    private static bool IsOther(ref Utf8JsonReader json, ref int seen)
    {
        for (var i = 0; i < Others.Length; i++)
        {
            if (!json.Is(Others[i]))
                continue;
            seen |= 1 << i;
            return true;
        }
        json.Skip();
        return false;
    }

    private static bool Profiles(
        ref Utf8JsonReader json,
        List<(GungraunTool, NameId<ResourceName>, double)> figures,
        ref Shape shape
    )
    {
        if (!json.Array())
            return false;
        while (json.Item())
        {
            var profile = new Profile(figures);
            if (!profile.Read(ref json))
                return false;
            if (shape == Shape.None)
                shape = profile.Shape;
            else if (profile.Shape != shape)
                return false;
        }
        return true;
    }

    /// <summary>
    /// The figures or errors of one tool. The name of the tool often comes after them, so they are read last.
    /// </summary>
    private ref struct Profile(List<(GungraunTool, NameId<ResourceName>, double)> metrics)
    {
        private Utf8JsonReader errors;
        private bool hasErrors;
        private Utf8JsonReader data;

        public Shape Shape { get; private set; }

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            string? tool = null;
            while (json.Property())
            {
                if (json.Is("tool"u8))
                {
                    if (!json.Text(out tool))
                        return false;
                }
                else if (json.Is("summaries"u8))
                {
                    Shape = Shape.Summaries;
                    if (!Summaries(ref json))
                        return false;
                }
                else if (json.Is("data"u8))
                {
                    Shape = Shape.Data;
                    data = json;
                    json.Other();
                }
                else
                    json.Other();
            }
            if (tool is null || Shape == Shape.None)
                return false;
            if (Shape == Shape.Data)
                return ToolOf(tool) is not { } known || Data(ref data, known, metrics);
            return !hasErrors || ErrorTool(tool) is not { } errorTool || Metrics(ref errors, errorTool, metrics);
        }

        private bool Summaries(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            var total = false;
            while (json.Property())
                if (!(json.Is("total"u8) ? total = Total(ref json) : json.Other()))
                    return false;
            return total;
        }

        private bool Total(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            var summary = false;
            while (json.Property())
                if (!(json.Is("summary"u8) ? summary = Summary(ref json) : json.Other()))
                    return false;
            return summary;
        }

        private bool Summary(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return json.Text(out var none) && none == "None";
            if (!json.Property())
                return false;
            if (json.Is("ErrorTool"u8))
            {
                errors = json;
                hasErrors = true;
                return json.Other() && !json.Property();
            }
            return Tool(ref json) is { } tool && Metrics(ref json, tool, metrics) && !json.Property();
        }

        private static GungraunTool? Tool(ref Utf8JsonReader json) =>
            json.Is("Callgrind"u8) ? GungraunTool.Callgrind
            : json.Is("Cachegrind"u8) ? GungraunTool.Cachegrind
            : json.Is("Dhat"u8) ? GungraunTool.Dhat
            : null;

        private static GungraunTool? ToolOf(string tool) =>
            Enum.TryParse<GungraunTool>(tool, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;

        private static GungraunTool? ErrorTool(string tool) =>
            tool switch
            {
                "Memcheck" => GungraunTool.Memcheck,
                "Helgrind" => GungraunTool.Helgrind,
                "DRD" => GungraunTool.Drd,
                _ => null,
            };
    }

    private static bool Metrics(
        ref Utf8JsonReader json,
        GungraunTool tool,
        List<(GungraunTool, NameId<ResourceName>, double)> metrics
    )
    {
        if (!json.Object())
            return false;
        while (json.Property())
        {
            var known = GungraunMeasures.TryKey(tool, json.ValueSpan, out var measure);
            if (!Change(ref json, out var value))
                return false;
            if (known && value is not null)
                metrics.Add((tool, measure, value.Value));
        }
        return true;
    }

    // A figure and its value in the previous run. A figure that only exists in the previous run is not a result.
    private static bool Change(ref Utf8JsonReader json, out double? value)
    {
        value = null;
        if (!json.Object())
            return false;
        var metrics = false;
        while (json.Property())
            if (!(json.Is("metrics"u8) ? metrics = Sides(ref json, out value) : json.Other()))
                return false;
        return metrics;
    }

    private static bool Sides(ref Utf8JsonReader json, out double? value)
    {
        value = null;
        if (!json.Object() || !json.Property())
            return false;
        var fine =
            json.Is("Left"u8) ? Figure(ref json, out value)
            : json.Is("Right"u8) ? Figure(ref json, out _)
            : json.Is("Both"u8)
                && json.Array()
                && json.Item()
                && Figure(ref json, out value)
                && json.Item()
                && Figure(ref json, out _)
                && !json.Item();
        return fine && !json.Property();
    }

    private static bool Figure(ref Utf8JsonReader json, out double? value)
    {
        value = null;
        return json.Object()
            && json.Property()
            && (json.Is("Int"u8) || json.Is("Float"u8))
            && Value(ref json, out value)
            && !json.Property();
    }

    // "data": {"total": {"metrics": {NAME: {"values": {"new", "old"}}}}}; a tool without figures may omit parts.
    private static bool Data(
        ref Utf8JsonReader json,
        GungraunTool tool,
        List<(GungraunTool, NameId<ResourceName>, double)> metrics
    )
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            if (!json.Is("total"u8))
                json.Other();
            else if (!json.Object())
                json.Other();
            else
                while (json.Property())
                    if (!(json.Is("metrics"u8) ? NewMetrics(ref json, tool, metrics) : json.Other()))
                        return false;
        }
        return true;
    }

    private static bool NewMetrics(
        ref Utf8JsonReader json,
        GungraunTool tool,
        List<(GungraunTool, NameId<ResourceName>, double)> metrics
    )
    {
        if (!json.Object())
            return json.Other();
        while (json.Property())
        {
            var known = GungraunMeasures.TryKey(tool, json.ValueSpan, out var measure);
            if (!NewChange(ref json, out var value))
                return false;
            if (known && value is not null)
                metrics.Add((tool, measure, value.Value));
        }
        return true;
    }

    private static bool NewChange(ref Utf8JsonReader json, out double? value)
    {
        value = null;
        if (!json.Object())
            return false;
        while (json.Property())
        {
            if (!json.Is("values"u8))
                json.Other();
            else if (!json.Object())
                return false;
            else
                while (json.Property())
                    if (!(json.Is("new"u8) ? Value(ref json, out value) : json.Other()))
                        return false;
        }
        return true;
    }

    // Yields null for a missing value, and NaN for a value that is not a number. Always true.
    private static bool Value(ref Utf8JsonReader json, out double? value)
    {
        json.Figure(out var figure);
        value = figure.Value ?? (figure.IsOdd ? double.NaN : null);
        return true;
    }
}
