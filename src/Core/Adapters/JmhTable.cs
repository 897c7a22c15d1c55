using System.Buffers;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the table that JMH prints at its end. Each row is converted to an entry of JMH's JSON, so that both forms
/// yield the same names and measures. Only the names of packages are abbreviated in the table.
/// </summary>
internal static class JmhTable
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (!output.Has(" Units"u8) || !output.Has("Score"u8))
            return null;
        var entries = new List<Entry>();
        var skipped = new List<(string What, string Why)>();
        Columns? columns = null;
        var machine = default(Machine);
        foreach (var line in new Lines(output.Text))
        {
            if (line.IndexOf(" Units"u8) > 0 && Columns.In(Encoding.UTF8.GetString(line)) is { } heading)
                columns = heading;
            else if (line.StartsWith("# "u8))
            {
                if (machine.Read(line))
                    columns = null; // The heading of another run, whose table comes later.
            }
            else if (columns is not null && !line.IsEmpty)
                columns.ReadRow(Encoding.UTF8.GetString(line), machine, entries, skipped);
        }
        if (entries.Count == 0)
            return null;
        var json = new Output(Json(entries), output.Options);
        var results = JavaJmh.Read(ref json, average);
        foreach (var (what, why) in skipped)
            results?.LeaveOut(what, why);
        return results;
    }

    private static byte[] Json(List<Entry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var entry in entries)
                entry.Write(json);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A score as printed in the table.</summary>
    private readonly record struct Score(double? Value, double? Error, string Unit)
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            WriteNumber(json, "score", Value);
            json.WriteStartArray("scoreConfidence");
            foreach (var bound in (double?[])[Value - Error, Value + Error])
                if (bound is { } number)
                    json.WriteNumberValue(number);
                else
                    json.WriteStringValue("NaN");
            json.WriteEndArray();
            json.WriteString("scoreUnit", Unit);
        }

        private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
        {
            if (value is { } number)
                json.WriteNumber(name, number);
            else
                json.WriteString(name, "NaN");
        }
    }

    /// <summary>
    /// The Java virtual machine that JMH names before a run: "# VM version: JDK 21.0.1, …", "# VM invoker: PATH", "# VM
    /// options: …".
    /// </summary>
    private record struct Machine(string? Jdk, string? Invoker, string? Options)
    {
        public bool Read(ReadOnlySpan<byte> line)
        {
            if (After(line, "# VM version: "u8) is { } version)
                Jdk = (version.StartsWith("JDK ", StringComparison.Ordinal) ? version[4..] : version).Split(',')[0];
            else if (After(line, "# VM invoker: "u8) is { } invoker)
                Invoker = invoker;
            else if (After(line, "# VM options: "u8) is { } options)
                Options = options == "<none>" ? "" : options;
            else
                return false;
            return true;
        }

        private static string? After(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start) =>
            line.StartsWith(start) ? Encoding.UTF8.GetString(line[start.Length..]).Trim() : null;

        public readonly void Write(Utf8JsonWriter json)
        {
            if (Invoker is not null)
                json.WriteString("jvm", Invoker);
            if (Jdk is not null)
                json.WriteString("jdkVersion", Jdk);
            if (Options is { Length: > 0 })
                json.WriteStartArray("jvmArgs");
            else
                return;
            json.WriteStringValue(Options);
            json.WriteEndArray();
        }
    }

    /// <summary>A benchmark in one mode with one set of parameters.</summary>
    private sealed record Entry(
        string Benchmark,
        string Mode,
        List<(string Key, string Value)> Parameters,
        Score Primary,
        Machine Machine
    )
    {
        public List<(string Name, Score Score)> Secondary { get; } = [];
        public List<(string Percent, double Value)> Percentiles { get; } = [];

        public bool IsOf(string benchmark, string mode, List<(string Key, string Value)> parameters) =>
            Benchmark == benchmark && Mode == mode && Parameters.SequenceEqual(parameters);

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("benchmark", Benchmark);
            json.WriteString("mode", Mode);
            Machine.Write(json);
            json.WriteStartObject("params");
            foreach (var (key, value) in Parameters)
                json.WriteString(key, value);
            json.WriteEndObject();
            json.WritePropertyName("primaryMetric");
            Primary.Write(json);
            json.WriteStartObject("scorePercentiles");
            foreach (var (percent, value) in Percentiles)
                json.WriteNumber(percent, value);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("secondaryMetrics");
            foreach (var (name, score) in Secondary)
            {
                json.WritePropertyName(name);
                score.Write(json);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>
    /// The columns of the heading "Benchmark (size) (text) Mode Cnt Score Error Units". Each cell ends where its
    /// heading ends.
    /// </summary>
    private sealed class Columns
    {
        private readonly List<(string Key, int End)> parameters = [];
        private int start,
            modeEnd,
            countEnd;

        public static Columns? In(string line)
        {
            var columns = new Columns { start = line.IndexOf("Benchmark ", StringComparison.Ordinal) };
            if (columns.start < 0 || !line.EndsWith(" Units", StringComparison.Ordinal))
                return null;
            var words = line.Split(' ');
            var end = -1;
            foreach (var word in words)
            {
                end += word.Length + 1;
                if (end <= columns.start || word.Length == 0)
                    continue;
                if (word is ['(', .., ')'])
                    columns.parameters.Add((word[1..^1], end));
                else if (word == "Mode")
                    columns.modeEnd = end;
                else if (word is "Cnt" or "Samples")
                    columns.countEnd = end;
            }
            return columns.modeEnd > 0 ? columns : null;
        }

        public void ReadRow(string line, Machine machine, List<Entry> entries, List<(string What, string Why)> skipped)
        {
            if (line.Length <= modeEnd || line.LastIndexOf(' ') is not (> 0 and var last))
                return;
            var unit = line[(last + 1)..];
            var name = line[start..].Split(' ')[0];
            var values = new List<(string Key, string Value)>();
            var at = start + name.Length;
            foreach (var (key, end) in parameters)
            {
                if (end < at)
                    return;
                var value = line[at..end].Trim();
                if (value != "N/A")
                    values.Add((key, value));
                at = end;
            }
            if (name.Length == 0 || at > modeEnd)
                return;
            var mode = line[at..modeEnd].Trim();
            if (mode is not ("thrpt" or "avgt" or "sample" or "ss"))
                return;
            var text = line[Math.Max(modeEnd, Math.Min(countEnd, last))..last];
            if (ReadScore(text, unit) is not { } score)
                skipped.Add((name, $"its score is {text.Trim()} {unit}"));
            else if (name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                AddMore(entries, name[..colon], name[(colon + 1)..], mode, values, score);
            else if (JavaJmh.MeasureOf(unit) is null)
                skipped.Add((name, $"{unit} is neither a time nor a rate"));
            else
                entries.Add(new(name, mode, values, score, machine));
        }

        // "151.032 ± 1500.972", without a margin after a single measurement. A very small score is printed as its
        // magnitude only: "≈ 10⁻³".
        private static Score? ReadScore(string text, string unit)
        {
            var parts = text.Split('±', StringSplitOptions.TrimEntries);
            if (parts[0].StartsWith('≈') || parts[0] == "NaN")
                return new(null, null, unit);
            if (!DecimalText.TryParse(parts[0], commaIsDecimal: true, out var score))
                return null;
            return new(
                score,
                parts.Length > 1 && DecimalText.TryParse(parts[1], commaIsDecimal: true, out var error) ? error : null,
                unit
            );
        }

        // Further rows of the same benchmark: "NAME:·gc.alloc.rate", "NAME:NAME·p0.99".
        private static void AddMore(
            List<Entry> entries,
            string benchmark,
            string what,
            string mode,
            List<(string, string)> parameters,
            Score score
        )
        {
            if (
                entries.FindLast(entry => entry.IsOf(benchmark, mode, parameters)) is not { } of
                || score.Value is not { } value
            )
                return;
            var percentile = what[(what.LastIndexOf('·') + 1)..];
            if (
                percentile is ['p', '0' or '1', '.', ..]
                && DecimalText.TryParse(percentile[1..], commaIsDecimal: false, out var share)
            )
                of.Percentiles.Add(
                    ((share * 100).ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture), value)
                );
            else
                of.Secondary.Add((what, score));
        }
    }
}
