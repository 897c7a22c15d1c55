using System.Text.Json;
using Paddock.Core.Verdicts;
using Xunit.Abstractions;

namespace Paddock.Core.Tests.Verdicts;

/// <summary>
/// The history of 27 real benchmarks on hosted CI, where later values prove a change: every alarm must have the minimum
/// effect, in its own direction. The history is not labeled.
/// </summary>
public class RealHistoryTests(ITestOutputHelper output)
{
    private const int Start = 50;

    private sealed record Alarm(string Benchmark, int At, Change Change, double[] Before, double[] After, bool? Lasts);

    private static List<Alarm> Alarms()
    {
        using var json = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Verdicts", "samples", "hyper.json"))
        );
        List<Alarm> alarms = [];
        foreach (var series in json.RootElement.EnumerateObject())
        {
            double[] values = [.. series.Value.EnumerateArray().Select(value => value.GetDouble())];
            List<PastReport> history =
            [
                .. values.Select((value, i) => new PastReport(DateTimeOffset.UnixEpoch.AddHours(i), i, [value])),
            ];
            var lasts = Backtest.Verdicts(history, new()).ToDictionary(alarm => alarm.Report, alarm => alarm.Persists);
            var state = new SeriesState();
            for (var i = 0; i < values.Length; i++)
                foreach (var e in state.Append(new(i, values[i]), new()).Events)
                    if (e is { Kind: EventKind.Proven, Change: { } change } && i >= Start)
                        alarms.Add(
                            new(
                                series.Name,
                                i,
                                change,
                                values[Math.Max(0, (int)change.Since - 30)..(int)change.Since],
                                values[(int)change.Since..(i + 1)],
                                lasts[i]
                            )
                        );
        }
        return alarms;
    }

    [Fact]
    public void Every_alarm_of_a_real_history_has_the_minimum_effect_in_its_own_direction()
    {
        var alarms = Alarms();
        foreach (var alarm in alarms)
            output.WriteLine(
                $"{alarm.Benchmark} at {alarm.At} since {alarm.Change.Since}: {alarm.Change.Effect.Estimate:P1}, "
                    + $"{alarm.Change.Before:N0} to {alarm.Change.After:N0}, lasts: {alarm.Lasts}"
            );

        Assert.All(alarms, alarm => Assert.True(Math.Abs(alarm.Change.Effect.Estimate) >= 0.01));
        Assert.All(alarms, alarm => Assert.Equal(alarm.Change.Side == Side.Up, alarm.Change.Effect.Estimate > 0));
        Assert.Equal((49, 44), (alarms.Count, alarms.Count(alarm => alarm.Lasts == true)));
    }
}
