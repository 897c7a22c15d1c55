using System.CommandLine;
using System.Text;
using Paddock.Cli.Run;
using Paddock.Core.Verdicts;

namespace Paddock.Cli.Detect;

/// <summary>
/// <c>paddock detect --stdio</c>: exposes the decisions of verdicts, to measure how often they are wrong.
/// </summary>
internal static class DetectCommand
{
    private const int SeriesMax = 100_000;

    public static Command Create()
    {
        var stdio = DomainOption.Flag(
            "--stdio",
            "Read series from standard input, one JSON object per line, and answer on standard output."
        );
        var by = DomainOption.Word<AlarmBy>("--by", "What counts as an alarm; pairs unless given");
        var series = DomainOption.Number(
            "--series",
            "Number of series in the report that each series is judged as part of (1).",
            1,
            SeriesMax
        );
        var effect = DomainOption.Number(
            "--minimum-effect",
            "Smallest relative change that is reported (0.01).",
            0.0,
            10.0
        );
        var command = new Command("detect") { stdio, by, series, effect };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(stdio))
                result.AddError("--stdio is missing: series can only be read from standard input.");
        });
        command.SetAction(args =>
        {
            var wanted = args.GetValue(by) ?? AlarmBy.Pairs;
            Rules rules = new()
            {
                Series = args.GetValue(series) ?? 1,
                EffectMin = args.GetValue(effect) ?? new Rules().EffectMin,
                PairsCanRun = wanted == AlarmBy.Pairs,
            };
            using StreamReader input = new(Console.OpenStandardInput(), new UTF8Encoding(false));
            Detection.Serve(input, Output.Out, wanted, rules);
            return Exit.Success;
        });
        return command;
    }
}
