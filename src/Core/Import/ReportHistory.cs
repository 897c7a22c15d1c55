using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Metric = Paddock.Core.Adapters.Metric;

namespace Paddock.Core.Import;

/// <summary>Builds a history from reports in the form in which another server's API returns them.</summary>
public static class ReportHistory
{
    /// <summary>Adds a report. Its UUID on the other server becomes its idempotency key on this one.</summary>
    public static void Add(ImportedHistory history, Report report)
    {
        if (
            !NameId<BranchName>.TryParse(report.Branch.Name, out var branch)
            || !NameId<ResourceName>.TryParse(report.Testbed.Name, out var testbed)
        )
        {
            history.LeaveOut($"report {report.Uuid}", "the name of its branch or testbed is not valid");
            return;
        }
        var iterations = (report.Results ?? []).Select(iteration => ResultsOf(history, report, iteration)).ToList();
        var hash = GitHash.TryParse(report.Branch.Head.Version?.Hash, out var valid) ? valid : null;
        history.Add(
            new(
                report.Uuid,
                branch,
                testbed,
                report.StartTime,
                report.EndTime,
                [.. iterations.Select(results => new Utf8Text(Compact.Write(report.Adapter, results)))],
                hash,
                report.Adapter
            ),
            iterations
        );
    }

    private static Results ResultsOf(ImportedHistory history, Report report, IReadOnlyList<ReportResult> iteration)
    {
        var results = new Results();
        foreach (var result in iteration)
        {
            if (!BenchmarkName.TryParse(result.Benchmark.Name, out var benchmark))
            {
                history.LeaveOut($"report {report.Uuid}: {result.Benchmark.Name}", "its name is not valid");
                continue;
            }
            foreach (var one in result.Measures)
            {
                if (!NameId<ResourceName>.TryParse(one.Measure.Slug, out var measure))
                    continue;
                var id =
                    BuiltInMeasure.Find(one.Measure.Slug) is null
                    && ResourceName.TryParse(one.Measure.Name, out var name)
                        ? NameId<ResourceName>.OfName(name)
                        : measure;
                results
                    .Benchmark(benchmark)
                    .Set(id, new Metric(one.Metric.Value, one.Metric.LowerValue, one.Metric.UpperValue));
                results.SetUnits(id, one.Measure.Units);
            }
        }
        results.Settle();
        return results;
    }
}
