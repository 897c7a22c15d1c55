using System.CommandLine;
using System.Globalization;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli.Export;

/// <summary><c>paddock export</c>: writes the results of a project as JSON lines or as a table.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var project = DomainOption.Of<ResourceId>(
            "--project",
            "UUID or slug of the project.",
            setting: "PROJECT",
            helpName: "project"
        );
        var format = DomainOption.Of(
            "--format",
            "jsonl, which paddock import reads back, csv or parquet (jsonl).",
            Readers.OneOf(["jsonl", "csv", "parquet"]),
            helpName: "format"
        );
        var file = DomainOption.Of<string>(
            "--output",
            "File to write; standard output unless given.",
            Readers.NotEmpty,
            helpName: "file"
        );
        (string Key, Option<string> Option)[] filters =
        [
            ("branch", Filter<NameId<BranchName>>("branch")),
            ("testbed", Filter<NameId<ResourceName>>("testbed")),
            ("benchmark", Filter<NameId<BenchmarkName>>("benchmark")),
            ("measure", Filter<NameId<ResourceName>>("measure")),
        ];
        var since = DomainOption.Of<string>(
            "--since",
            "Only reports that started at this time or later.",
            Readers.Instant,
            helpName: "rfc3339"
        );
        var until = DomainOption.Of<string>(
            "--until",
            "Only reports that started at this time or earlier.",
            Readers.Instant,
            helpName: "rfc3339"
        );
        var command = new Command("export") { project, format, file, since, until };
        foreach (var (_, option) in filters)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (!result.Has(project) && Settings.Find("PROJECT") is null)
                result.AddError("--project is missing; give it, or set PADDOCK_PROJECT.");
        });
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                List<string> query = [$"format={args.GetValue(format) ?? "jsonl"}"];
                foreach (var (key, option) in filters)
                    if (args.GetValue(option) is { } value)
                        query.Add($"{key}={Uri.EscapeDataString(value)}");
                if (args.GetValue(since) is { } from)
                    query.Add($"start_time={Milliseconds(from)}");
                if (args.GetValue(until) is { } to)
                    query.Add($"end_time={Milliseconds(to)}");
                using var api = backend.Open(args, Access.Public);
                var path =
                    $"/v0/projects/{Uri.EscapeDataString(args.GetValue(project)!.ToString()!)}"
                    + $"/export?{string.Join('&', query)}";
                if (args.GetValue(file) is { } name)
                    await ToFileAsync(api, path, name, ct);
                else
                    await api.DownloadAsync(path, Output.OutStream, ct);
                return Exit.Success;
            }
        );
        return command;
    }

    private static Option<string> Filter<T>(string noun)
        where T : IText<T> =>
        DomainOption.Of<string>(
            $"--{noun}",
            $"Only of this {noun}: UUID, slug or name.",
            Readers.Valid<T>,
            helpName: noun
        );

    private static string Milliseconds(string instant) =>
        DateTimeOffset
            .Parse(instant, CultureInfo.InvariantCulture)
            .ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);

    // The file gets its final name only when complete.
    public static async Task ToFileAsync(ApiClient api, string path, string name, CancellationToken ct)
    {
        var part = name + ".part";
        try
        {
            await using (var stream = File.Create(part))
                await api.DownloadAsync(path, stream, ct);
            File.Move(part, name, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{Text.Quote(name)} cannot be written: {e.Message}", e);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
