using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class ChangeCommands
{
    private const string All = "/v0/projects/{project}/changes",
        One = All + "/{change}";

    public static Command Create()
    {
        var table = new TableOption();
        return new("change")
        {
            Call.List<Change>(
                    All,
                    Access.Public,
                    "List the proven changes of a project, the latest first.",
                    Filter.Text<NameId<BranchName>>("--branch", "Only those of this branch."),
                    Filter.Text<NameId<ResourceName>>("--testbed", "Only those on this testbed."),
                    Filter.Text<NameId<BenchmarkName>>("--benchmark", "Only those of this benchmark."),
                    Filter.Text<NameId<ResourceName>>("--measure", "Only those of this measure."),
                    Filter.Word<ChangeState>("--state", "Only those in this state"),
                    Filter.Word<ChangeVerdict>("--verdict", "Only those with this verdict"),
                    Filter.Page("modified", "created")
                )
                .Or(table, (args, answer) =>
                    Output.Line(
                        TableStyle
                            .All[args.GetValue(table) ?? TableStyle.Default]
                            .Draw(ChangesTable.Columns, ChangesTable.Rows(answer))
                    )
                ),
            Call.View<Change>(One, Access.Public, "Show a change with its benchmarks and what happened to it."),
            Decision("accept", "accepted", "Accept the changed values as the new normal."),
            Decision("dismiss", "dismissed", "Mark a change as no real change."),
            Decision("reopen", "open", "Open an accepted or dismissed change again."),
        };
    }

    private static Call Decision(string name, string state, string description) =>
        Call.Of<Change>(
            name,
            HttpMethod.Patch,
            One,
            Access.Authenticated,
            description,
            new Part((_, request) => request.Body["state"] = JsonValue.Create(state)),
            Field.Text("--note", "Why.", Readers.Anything)
        );
}

/// <summary>A list of changes, one row each.</summary>
internal static class ChangesTable
{
    public static readonly string[] Columns =
    [
        "Change",
        "State",
        "Verdict",
        "Branch",
        "Since",
        "Series",
        "Effect",
        "Modified",
    ];

    /// <exception cref="Failure">The answer is not a list of changes.</exception>
    public static List<string[]> Rows(byte[] answer)
    {
        try
        {
            return
            [
                .. JsonSerializer
                    .Deserialize(answer, Wire.Default.IReadOnlyListChange)!
                    .Select(change =>
                        (string[])
                            [
                                change.Uuid.ToString(),
                                Words<ChangeState>.Of(change.State),
                                Words<ChangeVerdict>.Of(change.Verdict),
                                change.Branch.Name,
                                VerdictWords.Of(change.Since),
                                change.Count.ToString(CultureInfo.InvariantCulture),
                                change.Effect is { } effect ? VerdictWords.Percent(effect, signed: true) : "",
                                change.Modified.ToString("u", CultureInfo.InvariantCulture),
                            ]
                    ),
            ];
        }
        catch (JsonException e)
        {
            throw new Failure($"The server's answer is not a list of changes: {e.Message}");
        }
    }
}
