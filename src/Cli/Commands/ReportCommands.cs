using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Rest;
using Paddock.Cli.Run;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class ReportCommands
{
    private const string All = "/v0/projects/{project}/reports",
        One = All + "/{report}";

    public static Command Create() =>
        new("report")
        {
            // Without --expand a report lacks fields that its type requires, so --strict cannot check it.
            Call.List<JsonElement>(
                All,
                Access.Public,
                "List the reports of a project, newest first.",
                Filter.Text<NameId<BranchName>>("--branch", "Only those of this branch."),
                Filter.Text<NameId<ResourceName>>("--testbed", "Only those of this testbed."),
                Filter.Seconds("--start-time", "Only those that started at this time or later"),
                Filter.Seconds("--end-time", "Only those that ended at this time or earlier"),
                Filter.Archived,
                Filter.Flag("--expand", "Include results and alerts."),
                Filter.Page("date_time")
            ),
            Call.Create<Report>(
                All,
                "Record results that were measured earlier.",
                Field.Text<NameId<BranchName>>("--branch", "UUID, slug or name of the branch.").Required(),
                Field.Text<GitHash>("--hash", "Commit that was measured."),
                StartPoint.ForExisting(),
                Field.Text<NameId<ResourceName>>("--testbed", "UUID, slug or name of the testbed.").Required(),
                Field.Text("--start-time", "When it started.", Readers.Instant, helpName: "rfc3339").Required(),
                Field.Text("--end-time", "When it ended.", Readers.Instant, helpName: "rfc3339").Required(),
                Results(),
                Settings(),
                Thresholds()
            ),
            Call.View<Report>(One, Access.Public, "Show a report."),
            Call.Delete(One, "Delete a report with its results and alerts."),
        };

    private static Part Results()
    {
        const string description = "Output of a benchmark harness; may be given again, one iteration each.";
        var results = DomainOption.Many<string>("--results", description, Readers.Anything, helpName: "text");
        return new(Write, results);

        // The list is sent even when it is empty, because the server requires it.
        void Write(ParseResult args, Request request) =>
            request.Body["results"] = new JsonArray([
                .. (args.GetValue(results) ?? []).Select(text => JsonValue.Create(text)),
            ]);
    }

    private static Part Settings()
    {
        var adapter = DomainOption.Word<Adapter>(
            "--adapter",
            "Harness that wrote the output; magic detects it",
            offered: Adapters.Offered
        );
        var average = DomainOption.Word<Average>("--average", "Which of the harness's averages to record");
        var fold = DomainOption.Word<Fold>("--fold", "Combine several iterations into one result");
        return new(Write, adapter, average, fold);

        void Write(ParseResult args, Request request)
        {
            var settings = new JsonObject();
            if (args.GetValue(adapter) is { } a)
                settings["adapter"] = Words<Adapter>.Of(a);
            if (args.GetValue(average) is { } b)
                settings["average"] = Words<Average>.Of(b);
            if (args.GetValue(fold) is { } f)
                settings["fold"] = Words<Fold>.Of(f);
            if (settings.Count > 0)
                request.Body["settings"] = settings;
        }
    }

    // The original client accepts these options but never sends them. A user who gives them wants them to take effect.
    private static Part Thresholds()
    {
        var options = new ThresholdOptions();
        return options.Together.Aggregate(new Part(Write, [.. options.All]), (part, rule) => part.Where(rule));

        void Write(ParseResult args, Request request)
        {
            if (options.Read(args) is not { } thresholds)
                return;
            var body = new JsonObject();
            if (thresholds.Models is { } models)
            {
                var byMeasure = new JsonObject();
                foreach (var (measure, model) in models)
                    byMeasure[measure.Value] = ModelOptions.Write(model, []);
                body["models"] = byMeasure;
            }
            if (thresholds.Reset is { } reset)
                body["reset"] = reset;
            request.Body["thresholds"] = body;
        }
    }
}
