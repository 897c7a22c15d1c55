using System.CommandLine;
using System.Text;
using Paddock.Cli.Rest;
using Paddock.Cli.Run;
using Paddock.Core.Import;
using Paddock.Core.Names;

namespace Paddock.Cli.Import;

/// <summary><c>paddock import</c>: imports the history that another tool has kept into a project.</summary>
internal static class ImportCommand
{
    private const string ActionBenchmark = "github-action-benchmark";

    public static Command Create() =>
        new("import")
        {
            Of(
                ActionBenchmark,
                "The data.js of github-action-benchmark.",
                File("file", "The file, data.js."),
                (_, path, place) => ActionBenchmarkHistory.Read(Bytes(path), place)
            ),
            Asv(),
            BencherImport.Create(),
            Csv(),
            Of("paddock", "The JSON lines that paddock export wrote.", File("file", "The file."), (_, path, _) =>
                ExportHistory.Read(Bytes(path))
            ),
        };

    private static Command Asv()
    {
        var options = new ImportOptions();
        return Of(
            "asv",
            "The results folder of airspeed velocity.",
            File("folder", "The folder, with benchmarks.json and a folder for each machine."),
            (args, path, place) => AsvHistory.Read(Files(path), place, isTestbedGiven: args.Has(options.Testbed)),
            options
        );
    }

    private static Command Csv()
    {
        var columns = DomainOption.Many<string>(
            "--column",
            "Heading of a column, as in benchmark=Name; the word itself unless given "
                + "(benchmark, value, measure, unit, lower, upper, time, hash, branch, testbed).",
            CsvColumns.Read,
            helpName: "column=heading"
        );
        var measure = DomainOption.Of<ResourceName>(
            "--measure",
            "Measure of the values, if no column names it (latency).",
            helpName: "measure"
        );
        var unit = DomainOption.Of<ResourceName>(
            "--unit",
            "Unit of the values, if no column names it (ns for latency).",
            helpName: "unit"
        );
        var separator = DomainOption.Of<string>(
            "--separator",
            "Character between two columns; detected unless given.",
            CsvColumns.ReadSeparator,
            helpName: "character"
        );
        return Of(
            "csv",
            "A table with a heading line and one value per row.",
            File("file", "The file."),
            (args, path, place) =>
                CsvHistory.Read(
                    Encoding.UTF8.GetString(LocalReader.Clean(Bytes(path))),
                    new(
                        place,
                        CsvColumns.Map(args.GetValue(columns) ?? []),
                        args.GetValue(measure)?.Value ?? "latency",
                        args.GetValue(unit)?.Value,
                        args.GetValue(separator) is { } character ? character[0] : null
                    )
                ),
            new(),
            columns,
            measure,
            unit,
            separator
        );
    }

    private static Command Of(
        string name,
        string description,
        Argument<string> source,
        Func<ParseResult, string, ImportPlace, ImportedHistory> read,
        ImportOptions? options = null,
        params Option[] more
    )
    {
        options ??= new();
        var command = new Command(name, description) { source };
        options.AddTo(command);
        foreach (var option in more)
            command.Add(option);
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                ImportedHistory history;
                try
                {
                    history = read(args, args.GetRequiredValue(source), options.PlaceOf(args));
                }
                catch (Exception e) when (e is ImportException or IOException or UnauthorizedAccessException)
                {
                    var what = $"{source.Name}: {Text.Quote(args.GetRequiredValue(source))}";
                    Output.Note($"error: {what} cannot be imported: {e.Message.TrimEnd('.')}.");
                    return Exit.Usage;
                }
                ImportSummary.Print(history);
                if (args.GetValue(options.DryRun))
                    return Exit.Success;
                using var api = backend.Open(args, Access.Authenticated);
                return await new HistoryShipment(api, args.GetRequiredValue(options.Project)).SendAsync(
                    history.Runs,
                    ct
                );
            }
        );
        return command;
    }

    private static Argument<string> File(string name, string description) =>
        new(name)
        {
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = DomainOption.Parser<string>($"<{name}>", Readers.NotEmpty),
        };

    private static byte[] Bytes(string path) => System.IO.File.ReadAllBytes(path);

    private static List<AsvFile> Files(string folder)
    {
        var root = Path.GetFullPath(folder);
        return
        [
            .. Directory
                .EnumerateFiles(
                    root,
                    "*.json",
                    new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }
                )
                .Order(StringComparer.Ordinal)
                .Select(file => new AsvFile(
                    Path.GetRelativePath(root, file).Replace('\\', '/'),
                    System.IO.File.ReadAllBytes(file)
                )),
        ];
    }
}
