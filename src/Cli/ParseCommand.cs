using System.CommandLine;
using Paddock.Cli.Run;
using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Spectre.Console;

namespace Paddock.Cli;

/// <summary>
/// <c>paddock parse</c>: shows, without a server, which results a run would record from a harness's output.
/// </summary>
internal static class ParseCommand
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var adapter = DomainOption.Word<Adapter>(
            "--adapter",
            "Harness whose output is read; magic detects it",
            setting: "ADAPTER",
            offered: [.. Run.Adapters.Offered, "rust_gungraun_stdout", "rust_gungraun_json"]
        );
        var average = DomainOption.Word<Average>(
            "--average",
            "Which of the harness's averages to read",
            setting: "AVERAGE"
        );
        var measures = DomainOption.Word<Measures>(
            "--measures",
            "Which of the harness's measures to read",
            setting: "MEASURES"
        );
        var pattern = DomainOption.Of<LinePattern>(
            "--pattern",
            "Regular expression that --adapter pattern matches with each line.",
            setting: "PATTERN",
            helpName: "regex"
        );
        var fold = DomainOption.Word<Fold>("--fold", "Combine several files into one result");
        var format = DomainOption.Word<ReportFormat>(
            "--format",
            "How to show the results; json when they are piped",
            offered: ["human", "json"]
        );
        var files = DomainOption.Words("file", "Output of a harness; - or nothing for standard input.");
        var command = new Command("parse") { adapter, average, measures, pattern, fold, format, files };
        command.Validators.Add(Rest.Rules.PatternFor(adapter, pattern, isRequired: true));
        command.Validators.Add(result =>
        {
            if (result.GetResult(files) is not { Tokens.Count: > 0 } && !Console.IsInputRedirected)
                result.AddError("Give a file to read, or pipe in the output of a harness.");
        });
        command.SetAction(
            async (args, ct) =>
            {
                List<(Results Results, Adapter By)> read = [];
                var options = new ReadOptions(
                    args.GetValue(average),
                    args.GetValue(measures) ?? Measures.Usual,
                    args.GetValue(pattern),
                    Folder: WorkingFolder.Find()
                );
                foreach (var file in args.GetValue(files) is { Length: > 0 } given ? given : [StandardInput])
                    read.Add(await ReadAsync(file, args.GetValue(adapter) ?? Adapter.Magic, options, ct));
                Output.Note(Remark.Sentence([.. read.Select(r => Remark.Of(r.By, r.Results))]));
                if (args.GetValue(fold) is { } folded)
                    foreach (var notice in FoldedParts.NoticesOf([.. read.Select(r => r.Results)], folded))
                        Output.Note(notice.Text);
                List<Results> results = args.GetValue(fold) is { } by
                    ? [Folding.Fold([.. read.Select(r => r.Results)], by)]
                    : [.. read.Select(r => r.Results)];
                if (
                    (args.GetValue(format) ?? (Terminal.IsOut ? ReportFormat.Human : ReportFormat.Json))
                    == ReportFormat.Json
                )
                    PrintJson(results);
                else
                    PrintTables(results);
                return Exit.Success;
            }
        );
        return command;
    }

    private static async Task<(Results Results, Adapter By)> ReadAsync(
        string file,
        Adapter adapter,
        ReadOptions options,
        CancellationToken ct
    )
    {
        var bytes = file == StandardInput ? await Input.StandardInputAsync(ct) : await Input.ReadFileAsync(file, ct);
        var read = Harness.Read(adapter, bytes, options);
        if (read.Results is { } results)
            return (results, read.By);
        throw new Failure(
            $"Adapter {Core.Wire.Words<Adapter>.Of(adapter)} could not read any result in "
                + $"{(file == StandardInput ? "standard input" : file)}: {Unread.Of(adapter, bytes, options)}."
        );
    }

    // Without --fold, several results are several iterations, printed as a list of documents.
    private static void PrintJson(List<Results> results) =>
        Output.Line(
            Output.Pretty(writer =>
            {
                if (results.Count > 1)
                    writer.WriteStartArray();
                foreach (var one in results)
                    MetricFormat.Write(writer, one);
                if (results.Count > 1)
                    writer.WriteEndArray();
            })
        );

    private static void PrintTables(List<Results> results)
    {
        var console = Terminal.Open();
        for (var i = 0; i < results.Count; i++)
        {
            if (results.Count > 1)
                Output.Line($"Iteration {i}:");
            console.Write(TableOf(results[i]));
        }
    }

    private static Table TableOf(Results results)
    {
        var table = Terminal.Table().AddColumn("Benchmark").AddColumn("Measure");
        foreach (var heading in (ReadOnlySpan<string>)["Value", "Lower value", "Upper value"])
            table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        foreach (var benchmark in results.Benchmarks)
        {
            var (name, ignored) = BenchmarkName.StripIgnore(benchmark.Name.Value);
            var shown = Markup.Escape(Terminal.Plain(name)) + (ignored ? " [grey](never alerts)[/]" : "");
            if (benchmark.Metrics.Count == 0)
                table.AddRow(shown, "[grey]no metric[/]");
            foreach (var (measure, metric) in benchmark.Metrics)
            {
                var known = BuiltInMeasure.Find(measure.Value);
                var units = Units.Scale(
                    known?.Units ?? results.UnitsOf(measure) ?? "",
                    metric.Value != 0 ? metric.Value : metric.UpperValue ?? 0
                );
                table.AddRow(
                    shown,
                    Markup.Escape(Terminal.Plain(known?.Name ?? measure.Value)),
                    Figure(metric.Value),
                    Figure(metric.LowerValue),
                    Figure(metric.UpperValue)
                );

                string Figure(double? value) => value is { } number ? units.PrintExactly(number) : "–";
            }
        }
        return table;
    }
}
