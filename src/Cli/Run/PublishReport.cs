using System.CommandLine;
using Paddock.Cli.Forges;
using Paddock.Cli.GitHub;
using Paddock.Cli.Reports;
using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>Shows the report of a run: on the terminal, and in a check or comment of the CI service.</summary>
internal sealed class PublishReport(RunOptions options, ParseResult args, ApiClient api, Action<string> note)
{
    private readonly bool quiet = args.GetValue(options.Quiet);
    private readonly ReportFormat format = args.GetValue(options.Html)
        ? ReportFormat.Html
        : args.GetValue(options.Format) ?? ReportFormat.Human;

    /// <summary>Begins the report to the CI service; null without a token for one.</summary>
    public ICiReport? BeginCi() =>
        args.GetValue(options.Ci.GitHubActions) is { } gitHub ? CiReport.Begin(CiSettings(gitHub), api.Options, note)
        : args.GetValue(options.Ci.ForgeToken) is { } token
            ? CiForge.Begin(CiSettings(token), api.Options, note, Environment.GetEnvironmentVariable)
        : null;

    private CiSettings CiSettings(string token) =>
        new(
            token,
            args.GetValue(options.Ci.OnlyThresholds),
            args.GetValue(options.Ci.OnlyOnAlert),
            args.GetValue(options.Ci.Id),
            args.GetValue(options.Ci.CheckName),
            args.GetValue(options.Ci.Number),
            args.GetValue(options.Ci.IgnorePwnRequests)
        );

    // Needed only so that the check has its final name from the start.
    public async Task<string?> ProjectNameAsync(ResourceId? project, CancellationToken ct)
    {
        if (project is null)
            return null;
        try
        {
            return (
                await api.SendAsync(HttpMethod.Get, $"/v0/projects/{project}", body: null, Wire.Default.Project, ct)
            ).Name;
        }
        catch (Failure)
        {
            return null;
        }
    }

    /// <summary>Shows the request that a dry run does not send.</summary>
    public void Show(byte[] body)
    {
        if (quiet)
            return;
        Output.Line("\nWould send:");
        Output.Json(body);
    }

    /// <summary>Prints the report and finishes the one to the CI service.</summary>
    public async Task RunAsync(Report report, byte[] answer, ICiReport? ci, CancellationToken ct)
    {
        if (!quiet)
            Output.Line("");
        if (report.Remarks is { Count: > 0 } remarks)
            note(Remark.Sentence(remarks));
        if (format == ReportFormat.Json)
            Output.Json(answer);
        if (format == ReportFormat.Json && ci is null)
            return;

        var console = await api.SendAsync(
            HttpMethod.Get,
            "/v0/server/config/console",
            body: null,
            Wire.Default.ConsoleConfig,
            ct
        );
        var links = new Links(Uri.TryCreate(console.Url, UriKind.Absolute, out var url) ? url : api.Host, report);
        var tag = ReportHtml.Tag(
            report,
            args.GetValue(options.Ci.Id),
            args.GetValue(options.BuildTime),
            args.GetValue(options.FileSize) is { Length: > 0 }
        );
        var html = new ReportHtml(report, links, args.GetValue(options.Ci.OnlyThresholds), tag);
        if (format == ReportFormat.Html)
            Output.Line(html.Render());
        else if (format == ReportFormat.Human)
            ReportTable.Print(report, links);
        if (ci is not null)
            await ci.FinishAsync(
                new(
                    report,
                    new Headline(report).Title,
                    html.Render,
                    tag,
                    AlertExit.Fails(report, args.GetValue(options.ErrorOnImprovement))
                )
                {
                    Address = new(links.Report),
                },
                ct
            );
    }
}
