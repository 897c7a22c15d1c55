using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;

namespace Paddock.Bench;

/// <summary>
/// How often verdicts are wrong and what they find: a small version of the study in docs/verdicts. False alarms are per
/// 1,000 series-commits. When none was seen, the value is 0, and the upper value is the upper end of the 95 %
/// confidence interval.
/// </summary>
internal static class Trust
{
    private const int NullSeries = 60,
        NullCommits = 300,
        Start = 50,
        StepSeries = 60,
        StepAt = 140,
        After = 60;
    private const int ReportSeries = 112,
        Reports = 1000,
        History = 60,
        Appends = 20_000,
        Seed = 20261129;

    public static void Measure(Figures figures)
    {
        foreach (var by in (string[])["pairs", "waiting"])
        {
            if (!figures.Wants($"trust/{by}"))
                continue;
            using Detector detector = new(by);
            foreach (var model in NoiseModel.All)
            {
                FalseAlarms(figures, detector, by, model);
                if (model.Name is not "sticky")
                    Steps(figures, detector, by, model);
            }
        }
        if (figures.Wants("trust/report"))
            WholeReports(figures);
        if (figures.Wants("trust/append"))
            Append(figures);
    }

    private static void FalseAlarms(Figures figures, Detector detector, string by, NoiseModel model)
    {
        Random random = new(Seed);
        double[] level = [.. Enumerable.Repeat(100.0, NullCommits)];
        var (alarms, pairs) = (0, 0);
        for (var series = 0; series < NullSeries; series++)
        {
            var (found, asked) = detector.Ask($"{model.Name}/{series}", level, Start, model, random);
            (alarms, pairs) = (alarms + found.Count, pairs + asked);
        }
        var thousands = NullSeries * (NullCommits - Start) / 1000.0;
        figures.Add(
            $"trust/{by}/{model.Name}/unchanged",
            FormattableString.Invariant(
                $"{alarms / thousands:0.000} false alarms, {pairs / thousands:0} pairs per 1,000 series-commits"
            ),
            ("false-alarms", new(alarms / thousands, 0, (alarms + 3) / thousands))
        );
    }

    private static void Steps(Figures figures, Detector detector, string by, NoiseModel model)
    {
        Random random = new(Seed + 1);
        double[] level = [.. Enumerable.Repeat(100.0, StepAt), .. Enumerable.Repeat(105.0, After)];
        List<int> delays = [];
        for (var series = 0; series < StepSeries; series++)
        {
            var (found, _) = detector.Ask($"{model.Name}/5%/{series}", level, StepAt - 10, model, random);
            var hit = found.Find(a => a.At >= StepAt && a.Direction != "down" && a.Index >= StepAt - 10);
            if (hit.At > 0)
                delays.Add(hit.At - StepAt + 1);
        }
        double Within(int runs) => 100.0 * delays.Count(d => d <= runs) / StepSeries;
        figures.Add(
            $"trust/{by}/{model.Name}/5-percent",
            FormattableString.Invariant(
                $"{Within(1):0} / {Within(3):0} / {Within(12):0} / {Within(50):0} % found within 1 / 3 / 12 / 50 runs"
            ),
            ("found-within-12", new(Within(12), Within(3), Within(50)))
        );
    }

    private static void WholeReports(Figures figures)
    {
        Random random = new(Seed + 2);
        NoiseModel[] models = [.. NoiseModel.All.Where(m => m.Name is not ("sticky" or "ar1"))];
        SeriesState[] states = [.. Enumerable.Range(0, ReportSeries).Select(_ => new SeriesState())];
        Rules[] rules = [.. states.Select(_ => new Rules { Direction = Direction.LowerIsBetter })];
        double Value(int series) => 100 * models[series % models.Length].Stretch(1, isRerun: true, random)[0];
        var (paid, unclean) = (0, 0);
        for (var report = 0; report < History + Reports; report++)
        {
            var verdicts = ReportJudge.Append(
                states,
                [.. states.Select((_, k) => new Observation(report, Value(k)))],
                rules
            );
            double[]?[] fresh =
            [
                .. verdicts.Select(
                    (v, k) =>
                        v.Suspicion is { RerunsWanted: > 0 and var n } && report >= History
                            ? Enumerable.Range(0, n).Select(_ => Value(k)).ToArray()
                            : null
                ),
            ];
            var confirmed = ReportJudge.Confirm(states, fresh, rules);
            if (report < History)
                continue;
            if (fresh.Any(f => f is not null))
                paid++;
            if (
                verdicts
                    .Concat(confirmed)
                    .Any(v => v.Events.Any(e => e.Kind is EventKind.Proven or EventKind.Reproduced))
            )
                unclean++;
        }
        figures.Add(
            $"trust/report/{ReportSeries}-series",
            FormattableString.Invariant(
                $"of {Reports} reports without a change {paid} needed reruns, {unclean} had a wrong verdict"
            ),
            ("reruns", new(100.0 * paid / Reports)),
            ("wrong", new(100.0 * unclean / Reports))
        );
    }

    private static void Append(Figures figures)
    {
        Random random = new(Seed + 3);
        SeriesState state = new();
        Rules rules = new() { Series = ReportSeries };
        List<TimeSpan> times = [];
        for (var i = 0; i < Appends; i++)
        {
            var watch = Stopwatch.StartNew();
            state = SeriesState.Read(state.Write())!;
            state.Append(new(i, 100 + random.NextDouble()), rules);
            times.Add(watch.Elapsed);
        }
        times.Sort();
        figures.Add(
            "trust/append",
            string.Create(
                CultureInfo.InvariantCulture,
                $"p50 {times.At(0.5).TotalMicroseconds:0.0} µs, p99 {times.At(0.99).TotalMicroseconds:0.0} µs: read, "
                    + $"append, write; {state.Write().Length} bytes"
            ),
            ("latency", Metric.Latency(times))
        );
    }

    /// <summary>The published program as a detector, driven by the protocol in docs/verdicts.</summary>
    private sealed class Detector : IDisposable
    {
        private readonly Process process;

        public Detector(string by) =>
            process = Process.Start(
                new ProcessStartInfo(Published.Cli, ["detect", "--stdio", "--by", by])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;

        /// <returns>The alarms, and the number of pairs that the detector requested.</returns>
        public (List<(int At, int Index, string Direction)> Alarms, int Pairs) Ask(
            string id,
            double[] level,
            int start,
            NoiseModel model,
            Random random
        )
        {
            var noise = model.Stretch(level.Length, isRerun: false, random);
            Send(
                new()
                {
                    ["type"] = "series",
                    ["id"] = id,
                    ["start"] = start,
                    ["values"] = Array(level.Select((l, i) => Math.Round(l * noise[i], 6))),
                }
            );
            for (var pairs = 0; ; )
            {
                var said = JsonNode.Parse(
                    process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the detector exited")
                )!;
                if ((string)said["type"]! == "result")
                    return (
                        [
                            .. said["alarms"]!
                                .AsArray()
                                .Select(a => ((int)a!["at"]!, (int)a["index"]!, (string)a["dir"]!)),
                        ],
                        pairs
                    );
                var (asked, @base, head) = ((int)said["pairs"]!, (int)said["base"]!, (int)said["head"]!);
                var stretch = model.Stretch(2 * asked, isRerun: true, random);
                Send(
                    new()
                    {
                        ["type"] = "rerun",
                        ["a"] = Array(Enumerable.Range(0, asked).Select(k => level[@base] * stretch[2 * k])),
                        ["b"] = Array(Enumerable.Range(0, asked).Select(k => level[head] * stretch[2 * k + 1])),
                    }
                );
                pairs += asked;
            }
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }

        private void Send(JsonObject message)
        {
            process.StandardInput.WriteLine(message.ToJsonString());
            process.StandardInput.Flush();
        }

        private static JsonArray Array(IEnumerable<double> values) => [.. values.Select(v => (JsonNode)v)];
    }
}
