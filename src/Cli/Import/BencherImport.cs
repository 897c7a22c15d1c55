using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using Paddock.Cli.Rest;
using Paddock.Core.Import;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Import;

/// <summary>
/// <c>paddock import bencher</c>: uploads a Bencher database file unchanged, which keeps its UUIDs, or reads a
/// project's reports from a running server over its API.
/// </summary>
internal static class BencherImport
{
    private const int PerPage = 50;
    private const string Path = "/v0/server/import/bencher";

    public static Command Create()
    {
        var source = new Argument<string>("source")
        {
            Description = "The SQLite database of the other server (also compressed, as .gz), or its address.",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = DomainOption.Parser<string>("<source>", Readers.NotEmpty),
        };
        var fromProject = DomainOption.Of<ResourceId>(
            "--from-project",
            "UUID or slug of the project on the other server.",
            helpName: "project"
        );
        var fromKey = DomainOption.Of<Credential>(
            "--from-key",
            "API key for the other server, if the project is private.",
            Credential.ReadKey,
            helpName: "key"
        );
        var fromToken = DomainOption.Of<Credential>(
            "--from-token",
            "Token for the other server.",
            Credential.ReadToken,
            helpName: "jwt"
        );
        var options = new ImportOptions(isProjectNeeded: false);
        var command = new Command(
            "bencher",
            "The database of a Bencher server (for administrators), or a project over its API."
        )
        {
            source,
            fromProject,
            fromKey,
            fromToken,
        };
        options.AddTo(command);
        command.Validators.Add(Rules.NotBoth(fromKey, fromToken));
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                var from = args.GetRequiredValue(source);
                if (
                    !Uri.TryCreate(from, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
                )
                    return await UploadAsync(backend, args, from, args.GetValue(options.DryRun), ct);
                if (!args.Has(fromProject) || !(args.Has(options.Project) || args.GetValue(options.DryRun)))
                {
                    Output.Note(
                        "error: an import over the API needs --from-project, and --project as the destination."
                    );
                    return Exit.Usage;
                }
                var history = await ReadAsync(
                    backend,
                    args,
                    address,
                    args.GetValue(fromKey) ?? args.GetValue(fromToken),
                    args.GetRequiredValue(fromProject),
                    ct
                );
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

    private static async Task<ImportedHistory> ReadAsync(
        Backend backend,
        ParseResult args,
        Uri address,
        Credential? credential,
        ResourceId project,
        CancellationToken ct
    )
    {
        using var their = new ApiClient(address, credential, backend.OptionsOf(args));
        var history = new ImportedHistory();
        for (var page = 1; ; page++)
        {
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"/v0/projects/{Uri.EscapeDataString(project.ToString()!)}/reports?expand=true&sort=date_time&"
                    + $"direction=asc&per_page={PerPage}&page={page}"
            );
            var reports = await their.SendAsync(HttpMethod.Get, path, body: null, Wire.Default.IReadOnlyListReport, ct);
            foreach (var report in reports)
                ReportHistory.Add(history, report);
            Output.Note(string.Create(CultureInfo.InvariantCulture, $"{history.Runs.Count} reports read"));
            if (reports.Count < PerPage)
                return history;
        }
    }

    private static async Task<int> UploadAsync(
        Backend backend,
        ParseResult args,
        string file,
        bool isDry,
        CancellationToken ct
    )
    {
        try
        {
            await using var database = Open(file);
            using var api = backend.Open(args, Access.Authenticated);
            var made = await api.UploadAsync(
                isDry ? Path + "?dry_run=true" : Path,
                database,
                Wire.Default.BencherImported,
                ct
            );
            Output.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(isDry ? "Would import" : "Imported")} {made.Reports} reports with {made.Metrics} values and "
                        + $"{made.Alerts} alerts, {made.Projects} projects, "
                        + $"{made.Organizations} organizations and {made.Users} users; {made.Known} reports existed "
                        + $"already."
                )
            );
            foreach (var left in made.LeftOut)
                Output.Note($"Not imported: {left}");
            return Exit.Success;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Output.Note($"error: {Text.Quote(file)} cannot be read: {e.Message}");
            return Exit.Usage;
        }
    }

    private static Stream Open(string file)
    {
        var stream = File.OpenRead(file);
        return file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
    }
}
