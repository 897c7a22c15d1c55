using System.Buffers;
using System.Globalization;
using System.Text;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Results.Perf;

/// <param name="Address">The address of the full page.</param>
public sealed record EmbedView(string Project, string Address, PlotPicture Wide, PlotPicture Narrow);

/// <summary>The parts of a project that other sites embed: a single plot in a frame, and a badge.</summary>
internal sealed class EmbedPages(Db db, Shares shares, LimitOptions limits, TimeProvider time)
{
    private const string Standard = "main";
    private const int ChangesMax = 100;
    private static readonly (int Width, int Height) WideSize = (960, 480);
    private static readonly (int Width, int Height) NarrowSize = (400, 400);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<EmbedPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/embed", OnProject.View, pages.PlotAsync);
            routes.Page(root + "{project}/badge.svg", OnProject.View, pages.BadgeAsync);
        }
    }

    private async Task<Answer> PlotAsync(Call call, ProjectRow project)
    {
        var query = PerfQuery.OfUnfinished(call) with { Choice = LineChoice.Of(call) };
        var (display, now) = (PerfDisplay.Of(call), time.GetUtcNow());
        var paths = ProjectPaths.Of(call, project.Slug);
        using var place = await shares.PlotAsync(call.Aborted);
        var data = query.IsComplete
            ? await db.ReadAsync(
                sql => PerfTable.LoadAsync(sql, project, query, limits.PlotPointsMax, call.Aborted),
                call.Aborted
            )
            : null;
        if (data is not null && PerfPlot.IsTooMuch(data))
            throw Refusal.BadInput(PerfPlot.TooMuch);
        var title = call.Query("title") is { Length: > 0 } given ? given : project.Name;
        var picture = (
            data is null ? new PlotPicture(title, [], now) : PerfPlot.Of(data, display, title, now, reportAddress: null)
        ) with
        {
            Theme = PlotTheme.Page,
            LinesMax = PerfQuery.SeriesMax,
        };
        return Pages.ShowFramed<EmbedPage>(
            new EmbedView(
                project.Name,
                paths.Plot + (query.IsComplete ? PerfAddress.Of(query, display) : ""),
                picture with
                {
                    Width = WideSize.Width,
                    Height = WideSize.Height,
                    Id = "plot",
                },
                picture with
                {
                    Width = NarrowSize.Width,
                    Height = NarrowSize.Height,
                    Id = "plot-narrow",
                    TooltipsMax = 0,
                }
            )
        );
    }

    private async Task<Answer> BadgeAsync(Call call, ProjectRow project)
    {
        var branch = call.QueryNameId<BranchName>("branch")
            ?? NameId<BranchName>.OfSlug(
                Slug.TryParse(Standard, out var main) ? main : throw new InvalidOperationException()
            );
        var (open, hasReports) = await db.ReadAsync(
            async sql =>
                (
                    await sql.ListAsync(
                        $"""
                        SELECT changes.number, changes.hash FROM branches JOIN changes ON changes.head_id = branches.head_id
                        WHERE branches.project_id = {project.Id} AND {branch.Condition(
                            "branches"
                        )} AND changes.state = {ChangeState.Open} AND changes.verdict = {ChangeVerdict.Slower}
                        ORDER BY changes.id DESC LIMIT {ChangesMax}
                        """,
                        row => new Core.Wire.Version(row.UInt(), row.TextOrNull()),
                        call.Aborted
                    ),
                    await sql.AnyAsync(
                        $"SELECT 1 FROM branches JOIN versions ON versions.head_id = branches.head_id WHERE "
                            + $"branches.project_id = {project.Id} AND {branch.Condition("branches")} LIMIT 1",
                        call.Aborted
                    )
                ),
            call.Aborted
        );
        var text = (open, hasReports) switch
        {
            (_, false) => "no reports",
            ([], _) => "steady",
            ([var since], _) => $"slower since {VerdictWords.Of(since)}",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"{open.Count}{(open.Count == ChangesMax ? " or more" : "")} changes"
            ),
        };
        call.Http.Response.Headers.CacheControl =
            project.Visibility == Visibility.Public ? "public, max-age=300" : "private, no-cache";
        call.Http.Response.Headers.XContentTypeOptions = "nosniff";
        call.Http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        var svg = Encoding.UTF8.GetBytes(
            Badge(
                text,
                (open, hasReports) switch
                {
                    (_, false) => "#6b7280",
                    ([], _) => "#1a7f37",
                    _ => "#b3131a",
                }
            )
        );
        return new LongAnswer(StatusCodes.Status200OK, "image/svg+xml", total: null, flow =>
        {
            flow.Output.Write(svg);
            return Task.CompletedTask;
        });
    }

    // Needs no escaping: the texts are constants and hexadecimal digits.
    private static string Badge(string text, string colour)
    {
        const string Name = "performance";
        var (left, right) = ((int)PlotText.Width(Name, 11) + 14, (int)PlotText.Width(text, 11) + 14);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{left
                + right}" height="20" role="img" aria-label="{Name}: {text}"><title>{Name}: {text}</title>
            <clipPath id="r"><rect width="{left
                + right}" height="20" rx="4"/></clipPath><g clip-path="url(#r)"><path fill="#3a4350" d="M0 0h{left}v20H0z"/><path fill="{colour}" d="M{left} 0h{right}v20H{left}z"/></g>
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="{left
                / 2.0}" y="14">{Name}</text><text x="{left + right / 2.0}" y="14">{text}</text></g></svg>
            """
        );
    }
}
