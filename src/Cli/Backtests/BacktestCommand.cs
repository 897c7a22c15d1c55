using System.CommandLine;
using System.Globalization;
using Paddock.Cli.Rest;
using Paddock.Cli.Run;
using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Spectre.Console;
using Rules = Paddock.Cli.Rest.Rules;

namespace Paddock.Cli.Backtests;

/// <summary>
/// <c>paddock backtest</c>: replays a project's history under verdicts, and beside them under a threshold. It only
/// reads.
/// </summary>
internal static class BacktestCommand
{
    private const string BranchOtherwise = "main";

    public static Command Create()
    {
        var backend = new Backend();
        var project = DomainOption.Positional<ResourceId>("project", "The project, by UUID or slug.");
        var branch = DomainOption.Of<NameId<BranchName>>(
            "--branch",
            $"The branch whose history is replayed ({BranchOtherwise}).",
            helpName: "branch"
        );
        var rule = DomainOption.Word<ModelTest>("--rule", "Threshold test to replay next to the verdicts");
        var lower = Number("--lower-boundary", "Lower boundary of the threshold.");
        var upper = Number("--upper-boundary", "Upper boundary of the threshold.");
        var least = DomainOption.Number<uint>(
            "--min-sample-size",
            "Number of values that the threshold needs before it judges.",
            2,
            uint.MaxValue
        );
        var most = DomainOption.Number<uint>(
            "--max-sample-size",
            "Maximum number of values that the threshold uses, newest first.",
            2,
            uint.MaxValue
        );
        var window = DomainOption.Number<uint>(
            "--window",
            "Maximum age of the values that the threshold uses.",
            1,
            uint.MaxValue,
            helpName: "seconds"
        );
        var effect = DomainOption.Number(
            "--minimum-effect",
            "Smallest relative change that verdicts report (0.01).",
            0.0,
            10.0
        );
        var format = DomainOption.Word<ReportFormat>("--format", "How to show the result", offered: ["human", "json"]);
        var command = new Command("backtest")
        {
            project,
            branch,
            rule,
            lower,
            upper,
            least,
            most,
            window,
            effect,
            format,
        };
        foreach (var detail in (ReadOnlySpan<Option>)[lower, upper, least, most, window])
            command.Validators.Add(Rules.Needs(detail, rule));
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                Model? model = null;
                if (args.GetValue(rule) is { } test)
                {
                    model = new(
                        test,
                        args.GetValue(least),
                        args.GetValue(most),
                        args.GetValue(window),
                        args.GetValue(lower),
                        args.GetValue(upper)
                    );
                    if (model.Problem() is { } problem)
                    {
                        Output.Note($"error: --rule: {problem}\n\nSee `paddock backtest --help`.");
                        return Exit.Usage;
                    }
                }
                using var api = backend.Open(args, Access.Public, quiet: false);
                var place = args.GetRequiredValue(project);
                var history = await new History(api, place).ReadAsync(
                    args.GetValue(branch) is { Value: not null } named ? named.Value : BranchOtherwise,
                    ct
                );
                var result = Replay(history, model, args.GetValue(effect) ?? new Core.Verdicts.Rules().EffectMin);
                if (args.GetValue(format) == ReportFormat.Json)
                    Output.Json(Body.Of(result, Wire.Default.BacktestResult));
                else
                    Print(result);
                return Exit.Success;
            }
        );
        return command;

        static Option<double?> Number(string name, string description) =>
            DomainOption.Of<double?>(name, description, Readers.Finite, helpName: "number");
    }

    private static BacktestResult Replay(IReadOnlyList<PastSeries> history, Model? model, double effectMin) =>
        BacktestReplay
            .Of(history, model, series => new Core.Verdicts.Rules
            {
                Direction = Directions.Of(series.Units),
                EffectMin = effectMin,
            })
            .Result;

    private static void Print(BacktestResult result)
    {
        Output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Results} results of {result.Series} series. Verdicts by waiting would have raised "
                    + $"{Words(result.Verdicts)}."
            )
        );
        if (result.Threshold is { } threshold)
            Output.Line(Invariant($"The threshold would have raised {Words(threshold)}."));
        var table = Terminal
            .Table()
            .AddColumn("Week of")
            .AddColumn("Results")
            .AddColumn("Verdicts")
            .AddColumn("persist");
        if (result.Threshold is not null)
            table.AddColumn("Threshold").AddColumn("persist");
        foreach (var week in result.Weeks)
        {
            List<string> cells =
            [
                Invariant($"{week.Monday:yyyy-MM-dd}"),
                Invariant($"{week.Results}"),
                Invariant($"{week.Verdicts.Raised}"),
                Invariant($"{week.Verdicts.Persist}"),
            ];
            if (week.Threshold is { } beside)
                cells.AddRange([Invariant($"{beside.Raised}"), Invariant($"{beside.Persist}")]);
            table.AddRow([.. cells.Select(cell => new Spectre.Console.Text(cell))]);
        }
        Terminal.Open().Write(table);
    }

    private static string Words(BacktestAlarms alarms) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{alarms.Raised} {(alarms.Raised == 1 ? "alarm" : "alarms")}: {alarms.Persist} persist, {alarms.Gone} "
                + $"do not, {alarms.Raised - alarms.Persist - alarms.Gone} are too young to tell"
        );

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
