using System.Text.Json;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>hyperfine's JSON, in seconds.</summary>
internal static class ShellHyperfine
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average) =>
        output.MayBeJson('{', "\"exit_codes\""u8) ? Json.Read(output.Utf8, average, Root) : null;

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
            if (!command.Read(ref json) || !results.AddOnly(command.Name, BuiltInMeasure.Latency, command.Latency(average))) return false;
        }
        return true;
    }

    private struct Command
    {
        private BenchmarkName? name;
        private double? mean, deviation, median, min, max, user, system;
        private bool exits;

        public readonly BenchmarkName? Name => name;

        public bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("command"u8) ? json.Name(out name)
                    : json.Is("mean"u8) ? json.Number(out mean)
                    : json.Is("stddev"u8) ? json.NumberOrNull(out deviation)
                    : json.Is("median"u8) ? json.Number(out median)
                    : json.Is("min"u8) ? json.Number(out min)
                    : json.Is("max"u8) ? json.Number(out max)
                    : json.Is("user"u8) ? json.Number(out user)
                    : json.Is("system"u8) ? json.Number(out system)
                    : json.Is("times"u8) ? json.Null() || Times(ref json)
                    : json.Is("exit_codes"u8) ? exits = ExitCodes(ref json)
                    : json.Is("parameters"u8) ? json.Null() || json.AnyObject(out _)
                    : json.Other();
                if (!fine) return false;
            }
            return name is not null && mean is not null && median is not null && min is not null && max is not null
                && user is not null && system is not null && exits;
        }

        public readonly Metric Latency(Average? average) => average == Average.Median
            ? new(median!.Value * SecondNanoseconds, min * SecondNanoseconds, max * SecondNanoseconds)
            : new(mean!.Value * SecondNanoseconds, (mean - deviation) * SecondNanoseconds, (mean + deviation) * SecondNanoseconds);

        private static bool Times(ref Utf8JsonReader json)
        {
            if (!json.Array()) return false;
            while (json.Item())
                if (!json.Number(out _)) return false;
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
}
