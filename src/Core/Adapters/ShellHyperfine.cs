using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>hyperfine's JSON: version 1, in seconds, and version 2, with a summary for each quantity and its unit.</summary>
internal static class ShellHyperfine
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"exit_codes\""u8) || output.MayBeJson('{', "\"time_wall_clock\""u8) ? Json.Read(ref output, '{', average, Root) : null;

    private static bool Root(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Object()) return false;
        var given = false;
        while (json.Property())
            if (!(json.Is("results"u8) ? given = Commands(ref json, average, results) : json.Other())) return false;
        return given;
    }

    private static bool Commands(ref Utf8JsonReader json, Average? average, Results results)
    {
        if (!json.Array()) return false;
        while (json.Item())
        {
            Command command = default;
            if (!command.Read(ref json) || !command.AddTo(results, average)) return false;
        }
        return true;
    }

    private struct Command
    {
        private BenchmarkName? command, name;
        private Spread time;
        private double? user, system;
        private bool exits;
        private List<double>? memory;
        private List<(string Name, Spread Spread)>? summary;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("command"u8) ? json.Name(out command)
                    : json.Is("name"u8) ? json.Null() || json.Name(out name)
                    : json.Is("summary"u8) ? Summary(ref json)
                    : json.Is("user"u8) ? json.Number(out user)
                    : json.Is("system"u8) ? json.Number(out system)
                    : json.Is("times"u8) ? json.Null() || Numbers(ref json, keep: null)
                    : json.Is("memory_usage_byte"u8) ? json.Null() || Numbers(ref json, memory = [])
                    : json.Is("exit_codes"u8) ? exits = ExitCodes(ref json)
                    : json.Is("parameters"u8) ? json.Null() || json.AnyObject(out _)
                    : time.ReadProperty(ref json);
                if (!fine) return false;
            }
            return command is not null;
        }

        public readonly bool AddTo(Results results, Average? average)
        {
            if (summary is null)
                return time.IsWhole && user is not null && system is not null && exits
                    && results.Sample(command, BuiltInMeasure.Latency, time.Metric(average, SecondNanoseconds)) && AddMore(results);
            var called = name ?? command;
            var wall = summary.Find(s => s.Name == "time_wall_clock").Spread;
            if (!wall.IsWhole || wall.Scale is not { } scale || !results.Sample(called, BuiltInMeasure.Latency, wall.Metric(average, scale))) return false;
            if (results.TakesAll)
                foreach (var (quantity, spread) in summary)
                    if (quantity != "time_wall_clock" && spread.IsWhole) results.SampleMore(called, quantity, spread.Units, spread.Metric(average, 1));
            return true;
        }

        private readonly bool AddMore(Results results)
        {
            if (!results.TakesAll) return true;
            results.SampleMore(command, "user", "seconds (s)", new(user!.Value));
            results.SampleMore(command, "system", "seconds (s)", new(system!.Value));
            if (memory is { Count: > 0 }) results.SampleMore(command, "memory_usage", "bytes (B)", Folding.Repeats(memory.ConvertAll(bytes => new Metric(bytes))));
            return true;
        }

        private bool Summary(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            summary = [];
            while (json.Property())
            {
                var quantity = json.Current();
                Spread spread = default;
                if (!json.Object()) return false;
                while (json.Property())
                    if (!spread.ReadProperty(ref json)) return false;
                summary.Add((quantity, spread));
            }
            return true;
        }

        private static bool Numbers(ref Utf8JsonReader json, List<double>? keep)
        {
            if (!json.Array()) return false;
            while (json.Item())
            {
                if (!json.Number(out var number)) return false;
                keep?.Add(number!.Value);
            }
            return true;
        }

        // A command that a signal ended has none.
        private static bool ExitCodes(ref Utf8JsonReader json)
        {
            if (!json.Array()) return false;
            while (json.Item())
                if (!json.Null() && !json.Integer()) return false;
            return true;
        }
    }

    /// <summary>One quantity over all runs of a command.</summary>
    private struct Spread
    {
        private double? mean, deviation, median, min, max;
        private string? unit;

        public readonly bool IsWhole => mean is not null && median is not null && min is not null && max is not null;
        public readonly double? Scale => unit is null ? SecondNanoseconds : Lexing.UnitWord(unit);
        public readonly string? Units => unit switch { null => null, "second" => "seconds (s)", "byte" => "bytes (B)", _ => unit };

        public bool ReadProperty(ref Utf8JsonReader json) =>
            json.Is("mean"u8) ? json.Number(out mean)
            : json.Is("stddev"u8) ? json.NumberOrNull(out deviation)
            : json.Is("median"u8) ? json.Number(out median)
            : json.Is("min"u8) ? json.Number(out min)
            : json.Is("max"u8) ? json.Number(out max)
            : json.Is("unit"u8) ? json.TextOrNull(out unit)
            : json.Other();

        public readonly Metric Metric(Average? average, double scale) => average == Average.Median
            ? new(median!.Value * scale, min * scale, max * scale)
            : new(mean!.Value * scale, (mean - deviation) * scale, (mean + deviation) * scale);
    }
}
