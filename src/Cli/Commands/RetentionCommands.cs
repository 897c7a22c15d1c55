using System.CommandLine;
using Paddock.Cli.Export;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>How long a project keeps its results, and the archives of expired ones.</summary>
internal static class RetentionCommands
{
    private const string Settings = "/v0/projects/{project}/retention",
        All = Settings + "/archives",
        One = All + "/{archive}";

    private const long DaysLeast = 7,
        DaysMost = 36_500;

    public static Command Create() =>
        new("retention")
        {
            Call.View<RetentionSettings>(Settings, Access.Public, "Show how long a project keeps its results."),
            Call.Of<RetentionSettings>(
                "set",
                HttpMethod.Patch,
                Settings,
                Access.Authenticated,
                "Change how long a project keeps its results.",
                Field.Word<RetentionPolicy>("--policy", "What happens to old results"),
                Field.Whole("--days", "Number of days after which results are old (365).", DaysLeast, DaysMost, "days"),
                Field.YesNo("--archive", "Whether results are archived before they are removed (true).")
            ),
            Call.Of<RetentionPreview>(
                "preview",
                HttpMethod.Get,
                Settings + "/preview",
                Access.Authenticated,
                "Count the results that a policy would remove now, and remove nothing.",
                Filter.Word<RetentionPolicy>(
                    "--policy",
                    "What would happen to old results; the project's policy unless given"
                ),
                Filter.Number(
                    "--days",
                    "Number of days after which results would be old; the project's unless given.",
                    DaysLeast,
                    DaysMost
                )
            ),
            Call.List<RetentionArchive>(
                All,
                Access.Authenticated,
                "List the archives of removed results.",
                Filter.Page("date_time")
            ),
            Download(),
            Call.Delete(One, "Delete an archive permanently."),
        };

    private static Command Download()
    {
        Part[] path = [.. Positional.In(One)];
        var format = DomainOption.Of(
            "--format",
            "jsonl, which paddock import reads, or parquet, as it is stored (jsonl).",
            Readers.OneOf(["jsonl", "parquet"]),
            helpName: "format"
        );
        var file = DomainOption.Of<string>(
            "--output",
            "File to write; standard output unless given.",
            Readers.NotEmpty,
            helpName: "file"
        );
        var command = new Command("download", "Write the results of an archive as JSON lines or as Parquet.");
        foreach (var part in path)
            part.AddTo(command);
        command.Add(format);
        command.Add(file);
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                var request = new Request(HttpMethod.Get, One);
                foreach (var part in path)
                    part.Write(args, request);
                request.AddToQuery("format", args.GetValue(format) ?? "jsonl");
                using var api = backend.Open(args, Access.Authenticated);
                if (args.GetValue(file) is { } name)
                    await ExportCommand.ToFileAsync(api, request.Target, name, ct);
                else
                    await api.DownloadAsync(request.Target, Output.OutStream, ct);
                return Exit.Success;
            }
        );
        return command;
    }
}
