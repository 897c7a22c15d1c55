using System.Buffers;
using System.Text.Json;
using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Outside.Retention;

/// <summary>
/// The endpoints for how long a project keeps its results, and for the archives of removed ones. Users who may delete
/// reports may change the settings.
/// </summary>
internal sealed class RetentionEndpoints(Db db, SweepRetention sweep, Archives archives, Shares shares)
{
    /// <summary>At most this many results are read to count what a policy would remove.</summary>
    private const int PreviewMax = 2_000_000;
    private static readonly TimeSpan PreviewTimeMax = TimeSpan.FromSeconds(20);

    private const string Settings = "/v0/projects/{project}/retention",
        All = Settings + "/archives",
        One = All + "/{archive}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var retention = ActivatorUtilities.CreateInstance<RetentionEndpoints>(routes.ServiceProvider);
        routes.Get(Settings, OnProject.View, retention.ViewAsync).Gives<RetentionSettings>();
        routes
            .Patch(Settings, OnProject.UserMay(Permission.Delete), retention.UpdateAsync)
            .Takes<RetentionSettingsPatch>()
            .Gives<RetentionSettings>();
        routes
            .Get(Settings + "/preview", ReadPreview, OnProject.UserMay(Permission.Delete), retention.PreviewAsync)
            .KnowsItsQuery()
            .Gives<RetentionPreview>();
        routes
            .Get(All, ReadList, OnProject.UserMay(Permission.Edit), retention.ListAsync)
            .KnowsItsQuery()
            .GivesList<RetentionArchive>();
        routes
            .Get(One, ReadOne, OnProject.UserMay(Permission.Edit), retention.DownloadAsync)
            .KnowsItsQuery()
            .GivesMedia(ArchivedMetric.Media);
        routes
            .Delete(One, Input.Uuid("archive"), OnProject.UserMay(Permission.Delete), retention.DeleteAsync)
            .GivesNothing();
    }

    private static Page ReadList(Call call)
    {
        Page.Sort(call, "date_time");
        return Page.Of(call);
    }

    private static (RetentionPolicy? Policy, uint? Days) ReadPreview(Call call)
    {
        var policy = call.QueryWord<RetentionPolicy>("policy");
        var days = call.QueryNumber("days", standard: 0, max: RetentionRow.DaysMost);
        return (policy, days == 0 ? null : days);
    }

    private static (Guid Archive, bool IsLines) ReadOne(Call call) =>
        (
            call.PathUuid("archive"),
            call.Query("format", ["parquet", "jsonl"]) switch
            {
                null or "" or "parquet" => false,
                "jsonl" => true,
                var other => throw Call.BadQuery(
                    "format",
                    $"{Core.Names.Text.Quote(other)} is not one of parquet, jsonl"
                ),
            }
        );

    private async Task<Answer> ViewAsync(Call call, ProjectRow project) =>
        Answer.Ok(
            await db.ReadAsync(sql => ReadAsync(sql, project, call.Aborted), call.Aborted),
            Wire.Default.RetentionSettings
        );

    public async Task<Answer> UpdateAsync(Call call, ProjectByUser granted)
    {
        var patch = await call.BodyAsync(Wire.Default.RetentionSettingsPatch);
        CheckDays(patch.Days);
        var project = granted.Project;
        return Answer.Ok(
            await db.WriteAsync(async sql =>
            {
                var known = await RetentionTable.FindAsync(sql, project.Id);
                await RetentionTable.SetAsync(
                    sql,
                    known with
                    {
                        Policy = patch.Policy ?? known.Policy,
                        Days = patch.Days ?? known.Days,
                        Archives = patch.Archive ?? known.Archives,
                    }
                );
                return await ReadAsync(sql, project, CancellationToken.None);
            }),
            Wire.Default.RetentionSettings
        );
    }

    // A preview reads as much as a plot of many series, so it takes a place in the same limit.
    private async Task<Answer> PreviewAsync(
        Call call,
        ProjectByUser granted,
        (RetentionPolicy? Policy, uint? Days) asked
    )
    {
        CheckDays((int?)asked.Days);
        using var place = await shares.PlotAsync(call.Aborted);
        return Answer.Ok(
            await PreviewAsync(granted.Project, asked.Policy, (int?)asked.Days, call.Aborted),
            Wire.Default.RetentionPreview
        );
    }

    public async Task<RetentionPreview> PreviewAsync(
        ProjectRow project,
        RetentionPolicy? policy,
        int? days,
        CancellationToken ct
    )
    {
        var known = await db.ReadAsync(sql => RetentionTable.FindAsync(sql, project.Id, ct), ct);
        return await sweep.PreviewAsync(
            known with
            {
                Policy = policy ?? known.Policy,
                Days = days ?? known.Days,
            },
            PreviewMax,
            PreviewTimeMax,
            ct
        );
    }

    private async Task<Answer> ListAsync(Call call, ProjectByUser granted, Page page)
    {
        var (rows, total) = await db.ReadAsync(
            sql => Archives.ListAsync(sql, granted.Project.Id, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.Wire), total, Wire.Default.IReadOnlyListRetentionArchive);
    }

    private async Task<Answer> DownloadAsync(Call call, ProjectByUser granted, (Guid Archive, bool IsLines) asked)
    {
        var archive = await archives.FindAsync(granted.Project.Id, asked.Archive, call.Aborted)
            ?? throw Refusal.NotFound("archive", asked.Archive);
        var place = await shares.PlotAsync(call.Aborted);
        return asked.IsLines
            ? new LongAnswer(200, "application/jsonl", total: null, flow => LinesAsync(archive, flow), place)
            : new LongAnswer(200, ArchivedMetric.Media, total: null, flow => FileAsync(archive, flow), place);
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid uuid)
    {
        var archive = await archives.FindAsync(granted.Project.Id, uuid, call.Aborted)
            ?? throw Refusal.NotFound("archive", uuid);
        await archives.DeleteAsync(archive.Id, archive.Key);
        return Answer.Deleted;
    }

    private async Task FileAsync(ArchiveRow archive, Flow flow)
    {
        await using var file = await archives.OpenAsync(archive, flow.Ct);
        var buffer = new byte[64 << 10];
        for (int read; (read = await file.ReadAsync(buffer, flow.Ct)) > 0; )
        {
            flow.Output.Write(buffer.AsSpan(0, read));
            await flow.NextAsync();
        }
    }

    // Writes the archive in the import format. The file of one archive fits into memory.
    private async Task LinesAsync(ArchiveRow archive, Flow flow)
    {
        using var whole = new MemoryStream();
        await using (var file = await archives.OpenAsync(archive, flow.Ct))
            await file.CopyToAsync(whole, flow.Ct);
        whole.Position = 0;
        var rows = await ArchivedMetric.ReadAsync(whole, flow.Ct);
        await using var json = new Utf8JsonWriter(flow.Output, Answer.JsonOptions);
        foreach (var report in ArchivedMetric.Reports(rows))
        {
            JsonSerializer.Serialize(json, report, Wire.Default.ExportedReport);
            await json.FlushAsync(flow.Ct);
            json.Reset();
            flow.Output.Write("\n"u8);
            await flow.NextAsync();
        }
    }

    public static async Task<RetentionSettings> ReadAsync(Sql sql, ProjectRow project, CancellationToken ct)
    {
        var row = await RetentionTable.FindAsync(sql, project.Id, ct);
        var removed =
            row.Looked is null && row.Swept is null
                ? 0
                : await sql.NumberAsync(
                    $"SELECT CAST(sum(removed) AS BIGINT) FROM reports WHERE project_id = {project.Id}",
                    ct
                );
        return new(row.Policy, row.Days, row.Archives, row.Looked, removed);
    }

    private static void CheckDays(int? days)
    {
        if (days is { } given and (< RetentionRow.DaysLeast or > RetentionRow.DaysMost))
            throw Refusal.BadInput(
                $"days: is {given}; allowed: a whole number from {RetentionRow.DaysLeast} to {RetentionRow.DaysMost}"
            );
    }
}
