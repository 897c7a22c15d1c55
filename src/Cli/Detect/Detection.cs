using System.Text;
using System.Text.Json;
using Paddock.Core.Verdicts;

namespace Paddock.Cli.Detect;

/// <summary>The kind of event that counts as an alarm.</summary>
internal enum AlarmBy
{
    /// <summary>A change proven slower or faster by interleaved pairs.</summary>
    Pairs,

    /// <summary>A change proven slower or faster by the values of further commits.</summary>
    Waiting,

    /// <summary>A suspicion reproduced by reruns in place, at the commit itself.</summary>
    Reruns,

    /// <summary>A change reproduced by reruns and repeated in further reports.</summary>
    Repeats,
}

/// <summary>Plays a series commit by commit, as its reports would arrive, and lists the alarms.</summary>
/// <param name="rerun">Requests new values; takes base, head and the number of pairs.</param>
internal sealed class Detection(AlarmBy by, Rules rules, Func<long, long, int, (double[] Base, double[] Head)> rerun)
{
    /// <param name="start">The first commit at which an alarm may be raised; earlier commits are history.</param>
    public List<(long At, long Index, string Direction)> Play(ReadOnlySpan<double> values, int start)
    {
        List<(long, long, string)> alarms = [];
        SeriesState state = new();
        for (var i = 0; i < values.Length; i++)
        {
            var isHistory = i < start;
            var verdict = state.Append(new(i, values[i]), isHistory ? rules with { PairsCanRun = false } : rules);
            if (isHistory)
                continue;
            Add(verdict);
            if (verdict.Suspicion is not { } suspicion || suspicion.Head != i)
                continue;
            if (by == AlarmBy.Pairs)
            {
                var (@base, head) = rerun(suspicion.Base, i, suspicion.PairsWanted);
                Add(state.Pairs(@base, head, rules));
            }
            else if (by != AlarmBy.Waiting && suspicion.RerunsWanted > 0)
                Add(state.Confirm(rerun(i, i, suspicion.RerunsWanted).Head, rules));

            void Add(Verdict said)
            {
                foreach (var e in said.Events)
                {
                    if (e is { Kind: EventKind.Proven, Change: { } change })
                        alarms.Add((i, change.Since, Word(change.Side)));
                    if (by == AlarmBy.Reruns && e is { Kind: EventKind.Reproduced, Suspicion: { } seen })
                        alarms.Add((i, seen.Since, Word(seen.Side)));
                }
            }
        }
        return alarms;
    }

    private static string Word(Side side) => side == Side.Up ? "up" : "down";

    /// <summary>
    /// Reads one JSON object per line and answers each, until the input ends. docs/verdicts/README.md has the protocol.
    /// </summary>
    public static void Serve(TextReader input, TextWriter output, AlarmBy by, Rules rules)
    {
        Detection detection = new(by, rules, Rerun);
        while (input.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            using var request = Parse(line);
            var series = request.RootElement;
            var alarms = detection.Play(Numbers(series, "values"), Whole(series, "start"));
            Send(output, json =>
            {
                json.WriteString("type", "result");
                json.WritePropertyName("id");
                Member(series, "id").WriteTo(json);
                json.WriteStartArray("alarms");
                foreach (var (at, index, direction) in alarms)
                {
                    json.WriteStartObject();
                    json.WriteNumber("at", at);
                    json.WriteNumber("index", index);
                    json.WriteString("dir", direction);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        }

        (double[], double[]) Rerun(long @base, long head, int pairs)
        {
            Send(output, json =>
            {
                json.WriteString("type", "rerun");
                json.WriteNumber("base", @base);
                json.WriteNumber("head", head);
                json.WriteNumber("pairs", pairs);
            });
            using var answer = Parse(
                input.ReadLine() ?? throw new Failure("The input ended before the values of a rerun were given.")
            );
            return (Numbers(answer.RootElement, "a"), Numbers(answer.RootElement, "b"));
        }
    }

    private static void Send(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static JsonDocument Parse(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException e)
        {
            throw new Failure($"A line of the input is not JSON: {e.Message}", e);
        }
    }

    private static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member)
            ? member
            : throw new Failure($"A line of the input has no \"{name}\".");

    private static int Whole(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var whole)
            ? whole
            : throw new Failure($"\"{name}\" of the input is not a whole number.");

    // A commit without a value is null. It becomes NaN: it is skipped, but keeps its index.
    private static double[] Numbers(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } array
            ? [.. array.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number ? v.GetDouble() : double.NaN)]
            : throw new Failure($"\"{name}\" of the input is not an array of numbers.");
}
