using System.CommandLine;
using Paddock.Cli.Run;
using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Spectre.Console;

namespace Paddock.Cli;

/// <summary><c>paddock parse</c>: what a run would record of a harness's output, without a server.</summary>
internal static class ParseCommand
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var adapter = DomainOption.Word<Adapter>("--adapter", "Harness whose output is read, magic to find out", setting: "ADAPTER", offered: [.. Run.Adapters.Offered, "rust_gungraun_stdout", "rust_gungraun_json"]);
        var average = DomainOption.Word<Average>("--average", "Which of the harness's averages to read");
        var fold = DomainOption.Word<Fold>("--fold", "Make one result of several files");
        var format = DomainOption.Word<ReportFormat>("--format", "How to show the results; json when they are piped", offered: ["human", "json"]);
        var files = new Argument<string[]>("file") { Description = "Output of a harness; - or nothing for standard input.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("parse") { adapter, average, fold, format, files };
        command.Validators.Add(result =>
        {
            if (result.GetResult(files) is not { Tokens.Count: > 0 } && !Console.IsInputRedirected) result.AddError("Give a file to read, or pipe an output in.");
        });
        command.SetAction(async (args, ct) =>
        {
            List<(Results Results, Adapter By)> read = [];
            foreach (var file in args.GetValue(files) is { Length: > 0 } given ? given : [StandardInput])
                read.Add(await ReadAsync(file, args.GetValue(adapter) ?? Adapter.Magic, args.GetValue(average), ct));
            List<Results> results = args.GetValue(fold) is { } by ? [Folding.Fold([.. read.Select(r => r.Results)], by)] : [.. read.Select(r => r.Results)];
            if ((args.GetValue(format) ?? (Terminal.IsOut ? ReportFormat.Human : ReportFormat.Json)) == ReportFormat.Json) PrintJson(results);
            else PrintTables(results, read[0].By);
            return Exit.Success;
        });
        return command;
    }

    private static async Task<(Results Results, Adapter By)> ReadAsync(string file, Adapter adapter, Average? average, CancellationToken ct)
    {
        var bytes = file == StandardInput ? await Input.StandardInputAsync(ct) : await Input.ReadFileAsync(file, ct);
        if (Harness.Read(adapter, bytes, average, out var by) is { } results) return (results, by);
        var name = Core.Wire.Words<Adapter>.Of(adapter);
        throw new Failure($"Adapter {name} could not read any result in {(file == StandardInput ? "standard input" : file)}"
            + $"{(average is { } wanted ? $" with the average {Core.Wire.Words<Average>.Of(wanted)}" : "")}.");
    }

    // Several results that are not folded are several iterations: a list of documents.
    private static void PrintJson(List<Results> results) => Output.Line(Output.Pretty(writer =>
    {
        if (results.Count > 1) writer.WriteStartArray();
        foreach (var one in results) MetricFormat.Write(writer, one);
        if (results.Count > 1) writer.WriteEndArray();
    }));

    private static void PrintTables(List<Results> results, Adapter by)
    {
        var console = Terminal.Open();
        for (var i = 0; i < results.Count; i++)
        {
            var benchmarks = results[i].Benchmarks;
            var measures = benchmarks.SelectMany(b => b.Metrics).Select(m => m.Measure).Distinct().Count();
            Output.Line($"{(results.Count > 1 ? $"Iteration {i}: " : "")}{Count(benchmarks.Count, "benchmark")}, {Count(measures, "measure")}, read by adapter {Core.Wire.Words<Adapter>.Of(by)}");
            console.Write(TableOf(benchmarks));
        }

        static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
    }

    private static Table TableOf(IReadOnlyList<BenchmarkResults> benchmarks)
    {
        var table = Terminal.Table().AddColumn("Benchmark").AddColumn("Measure");
        foreach (var heading in (ReadOnlySpan<string>)["Value", "Lower value", "Upper value"]) table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        foreach (var benchmark in benchmarks)
        {
            var (name, ignored) = BenchmarkName.StripIgnore(benchmark.Name.Value);
            var shown = Markup.Escape(Terminal.Plain(name)) + (ignored ? " [grey](never alerts)[/]" : "");
            if (benchmark.Metrics.Count == 0) table.AddRow(shown, "[grey]no metric[/]");
            foreach (var (measure, metric) in benchmark.Metrics)
            {
                var known = BuiltInMeasure.Find(measure.Value);
                var units = Units.Scale(known?.Units ?? "", metric.Value);
                table.AddRow(shown, Markup.Escape(Terminal.Plain(known?.Name ?? measure.Value)),
                    units.PrintWithSymbol(metric.Value), Bound(metric.LowerValue), Bound(metric.UpperValue));

                string Bound(double? value) => value is { } number ? units.PrintWithSymbol(number) : "–";
            }
        }
        return table;
    }
}
