using System.Globalization;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Thresholds;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Backtests;

/// <summary>One series in a backtest.</summary>
/// <param name="Verdicts">The positions in the trend at which verdicts would have raised an alarm.</param>
/// <param name="Threshold">The positions at which the threshold would have raised an alarm.</param>
public sealed record BacktestLine(
    string Benchmark,
    string Address,
    string Measure,
    string Testbed,
    Trend Trend,
    IReadOnlyList<int> Verdicts,
    IReadOnlyList<int> Threshold
)
{
    public int Alarms => Verdicts.Count + Threshold.Count;
}

/// <summary>The data of the backtest page.</summary>
/// <param name="Result">Null if nothing could be replayed.</param>
/// <param name="Lines">The series with alarms, those with the most alarms first.</param>
/// <param name="Left">The number of the branch's series that were not replayed.</param>
/// <param name="Rule">The threshold in words; null if only verdicts were replayed.</param>
public sealed record BacktestView(
    ProjectPaths Paths,
    string Project,
    FormState Form,
    IReadOnlyList<string> Branches,
    BacktestResult? Result,
    IReadOnlyList<BacktestLine> Lines,
    long Left,
    string? Rule
);

/// <summary>Replays a branch's history under verdicts and, for comparison, a threshold. Writes nothing.</summary>
internal sealed class BacktestPages(Db db)
{
    private const int LinesMax = 30,
        SuggestionsMax = 200;
    private const string BranchOtherwise = "main";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<BacktestPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
            routes.Page(root + "{project}/backtest", OnProject.UserMay(Permission.View), pages.ShowAsync);
    }

    private Task<Answer> ShowAsync(Call call, ProjectByUser granted)
    {
        var query = call.Http.Request.Query.ToDictionary(field => field.Key, field => field.Value);
        if (!query.ContainsKey("branch"))
            query["branch"] = BranchOtherwise;
        return FormFields.TryAsync(
            new FormCollection(query),
            fields => ReplayAsync(call, granted.Project, fields),
            form => AgainAsync(call, granted.Project, form)
        );
    }

    private async Task<Answer> ReplayAsync(Call call, ProjectRow project, FormFields fields)
    {
        if (!NameId<BranchName>.TryParse(fields.Text("branch"), out var branch))
            fields.Wrong("branch", "Name a branch of this project.");
        var effect = fields.Number("minimum_effect");
        if (effect is < 0 or > VerdictEndpoints.EffectMost)
            fields.Wrong("minimum_effect", $"Allowed: a number from 0 to {VerdictEndpoints.EffectMost}.");
        var model = fields.Text("test").Length == 0 ? null : ThresholdForms.ModelOf(fields);
        fields.Check();
        var (head, series, total, settings, branches) = await db.ReadAsync(
            async sql =>
            {
                var head = await sql.FirstAsync(
                    $"SELECT head_id FROM branches WHERE project_id = {project.Id} AND {branch.Condition("branches")}",
                    row => row.IdOrNull<Head>(),
                    call.Aborted
                );
                var (found, all) = head is { } known ? await ReadHistory.OfAsync(sql, known, call.Aborted) : ([], 0);
                var rules = new JudgingRules();
                Id<Measure>[] measures = [.. found.Select(one => one.Measure.Id).Distinct()];
                await sql.ReadAllAsync(JudgingRules.Queries(project.Id, measures, rules), call.Aborted);
                return (head, found, all, rules, await BranchesAsync(sql, project, call.Aborted));
            },
            call.Aborted
        );
        var paths = ProjectPaths.Of(call, project.Slug);
        if (head is null && fields.Text("branch") != BranchOtherwise)
        {
            fields.Wrong("branch", $"There is no branch {Text.Quote(branch.Value)} in this project.");
            fields.Check();
        }
        var measureOf = series.ToDictionary(one => one.Past, one => one.Measure);
        var (result, replayed) = BacktestReplay.Of([.. series.Select(one => one.Past)], model, past =>
        {
            var rules = settings.Of(measureOf[past], 1);
            return effect is { } least ? rules with { EffectMin = least } : rules;
        });
        var lines = series
            .Zip(replayed, (one, alarms) => LineOf(paths, one, alarms))
            .Where(line => line.Alarms > 0)
            .OrderByDescending(line => line.Alarms)
            .ThenBy(line => line.Benchmark, StringComparer.Ordinal)
            .Take(LinesMax);
        var view = new BacktestView(
            paths,
            project.Name,
            fields.Sent,
            branches,
            result.Results == 0 ? null : result,
            [.. lines],
            total - series.Count,
            model is null ? null : ModelWords.Name(model.Test)
        );
        return Pages.Show<BacktestPage>(view);
    }

    private async Task<Answer> AgainAsync(Call call, ProjectRow project, FormState form)
    {
        var branches = await db.ReadAsync(sql => BranchesAsync(sql, project, call.Aborted), call.Aborted);
        var paths = ProjectPaths.Of(call, project.Slug);
        return Pages.Show<BacktestPage>(
            new BacktestView(paths, project.Name, form, branches, Result: null, [], 0, Rule: null),
            StatusCodes.Status400BadRequest
        );
    }

    private static Task<List<string>> BranchesAsync(Sql sql, ProjectRow project, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT name FROM branches WHERE project_id = {project.Id} AND archived IS NULL
            ORDER BY modified DESC, id DESC LIMIT {SuggestionsMax}
            """,
            row => row.Text(),
            ct
        );

    private static BacktestLine LineOf(ProjectPaths paths, NamedSeries series, ReplayedSeries alarms) =>
        new(
            series.Benchmark,
            paths.Benchmark(series.Slug),
            series.Measure.Name,
            series.Testbed,
            new(
                [.. series.Past.Reports.Select(report => JudgedSeries.Median([.. report.Values]))],
                series.Measure.Units
            ),
            [.. alarms.Verdicts.Select(alarm => alarm.Report)],
            [.. alarms.Threshold.Select(alarm => alarm.Report)]
        );
}
