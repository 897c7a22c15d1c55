using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>
/// <c>paddock perf</c>: the measurements of some branches, testbeds, benchmarks and measures over time.
/// </summary>
internal static class PerfCommand
{
    public static Command Create()
    {
        var table = new TableOption();
        (string Nouns, Option<string[]> Option)[] named =
        [
            ("branches", Names("--branches", "Branch")),
            ("testbeds", Names("--testbeds", "Testbed")),
            ("benchmarks", Names("--benchmarks", "Benchmark")),
            ("measures", Names("--measures", "Measure")),
        ];
        Part Of(int i) => Join(named[i].Nouns, named[i].Option).Required();
        return Call.Of<Perf>(
                "perf",
                HttpMethod.Get,
                "/v0/projects/{project}/perf",
                Access.Public,
                description: null,
                Of(0),
                Filter.Uuids(
                    "--heads",
                    "UUID of an earlier head of the branch at the same position, or _ for its current head; may be "
                        + "given again.",
                    orNone: true
                ),
                Of(1),
                Filter.Uuids(
                    "--specs",
                    "UUID of a hardware spec of the testbed at the same position, or _ for any; may be given again.",
                    orNone: true
                ),
                Of(2),
                Of(3),
                Filter.Seconds("--start-time", "Only from this time on"),
                Filter.Seconds("--end-time", "Only up to this time")
            )
            .Before(
                async (api, args, request, ct) =>
                {
                    var project = request.InPath("project");
                    foreach (var (nouns, option) in named)
                    {
                        var uuids = new List<string>();
                        foreach (var text in args.GetRequiredValue(option))
                            uuids.Add(await PerfNames.UuidOfAsync(api, project, nouns, text, ct));
                        request.SetInQuery(nouns, string.Join(',', uuids));
                    }
                }
            )
            .Or(table, (args, answer) =>
                Output.Line(
                    TableStyle
                        .All[args.GetValue(table) ?? TableStyle.Default]
                        .Draw(PerfTable.Columns, PerfTable.Rows(answer))
                )
            );
    }

    private static Option<string[]> Names(string name, string noun) =>
        DomainOption.Many<string>(
            name,
            $"{noun}, by UUID, slug or name; may be given again.",
            Readers.NotEmpty,
            helpName: noun.ToLowerInvariant()
        );

    private static Part Join(string key, Option<string[]> option) =>
        new((args, request) => request.AddToQuery(key, string.Join(',', args.GetRequiredValue(option))), option);
}

/// <summary>Prints a table instead of JSON. The table's style is optional.</summary>
internal sealed class TableOption : Option<string?>, ITakesSomeWords
{
    public TableOption()
        : base("--table")
    {
        var styles = string.Join(", ", TableStyle.All.Keys);
        Description = $"Print a table instead of JSON, in a style ({styles}; {TableStyle.Default} unless given).";
        HelpName = "style";
        Arity = ArgumentArity.ZeroOrOne;
        CustomParser = result =>
        {
            if (result.Tokens is not [var token])
                return null;
            if (!Takes(token.Value()))
                result.AddError($"--table: {Text.Quote(token.Value())} is not one of {styles}.");
            return token.Value();
        };
    }

    public bool Takes(string word) => TableStyle.All.ContainsKey(word);
}

/// <summary>The answer to a perf query, one row for each metric.</summary>
internal static class PerfTable
{
    public static readonly string[] Columns =
    [
        "Project",
        "Branch",
        "Testbed",
        "Benchmark",
        "Measure",
        "Iteration",
        "Start Time",
        "End Time",
        "Version Number",
        "Version Hash",
        "Metric Value",
        "Boundary Baseline",
        "Lower Boundary Limit",
        "Upper Boundary Limit",
    ];

    /// <exception cref="Failure">The answer does not have the form of a perf answer.</exception>
    public static List<string[]> Rows(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var perf = document.RootElement;
            return
            [
                .. from line in perf.GetProperty("results").EnumerateArray()
                from point in line.GetProperty("metrics").EnumerateArray()
                select Row(perf, line, point),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new Failure("The server's answer does not have the form of a perf query's.", e);
        }
    }

    private static string[] Row(JsonElement perf, JsonElement line, JsonElement point) =>
        [
            At(perf, "project", "name"),
            At(line, "branch", "name"),
            At(line, "testbed", "name"),
            At(line, "benchmark", "name"),
            $"{At(line, "measure", "name")}: {At(line, "measure", "units")}",
            At(point, "iteration"),
            At(point, "start_time"),
            At(point, "end_time"),
            At(point, "version", "number"),
            At(point, "version", "hash"),
            At(point, "metric", "value"),
            At(point, "boundary", "baseline"),
            At(point, "boundary", "lower_limit"),
            At(point, "boundary", "upper_limit"),
        ];

    private static string At(JsonElement from, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (from.ValueKind != JsonValueKind.Object || !from.TryGetProperty(name, out from))
                return "";
        return from.ToString();
    }
}
