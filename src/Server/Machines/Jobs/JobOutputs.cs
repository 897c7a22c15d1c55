using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Jobs;

/// <summary>Stores the outputs of jobs: one JSON document per delivery, in the blob store.</summary>
internal sealed partial class JobOutputs(
    Db db,
    IBlobStore store,
    DiskSpace disk,
    Quota quota,
    TimeProvider time,
    OutageLog outages,
    ILogger<JobOutputs> log
)
{
    private const int AtOnceMax = 1000;
    private const int EmptiedBytesMax = 64 << 10;

    // How long an output that no job references is kept.
    private static readonly TimeSpan UnclaimedMax = TimeSpan.FromHours(1);

    /// <summary>
    /// Stores an output. If it would exceed a storage quota, its texts are left out and marked as truncated. The job
    /// matters more than its printed output, so it neither fails nor waits for space.
    /// </summary>
    /// <returns>The id to set on the job. Until then nothing references the output.</returns>
    public async Task<Id<JobOutput>> SaveAsync(JobRow job, JobOutput output)
    {
        // The runner sends the results again later.
        if (disk.IsShort)
            throw new IOException("The disk is nearly full, so the job's results stay on its runner.");
        var (now, key) = (time.GetUtcNow(), $"jobs/{job.Uuid}/{Guid.NewGuid():N}");
        var whole = JsonSerializer.SerializeToUtf8Bytes(output, Wire.Default.JobOutput);
        var (id, bytes) = await db.WriteAsync(async sql =>
        {
            var stored = await quota.HasRoomAsync(sql, job.ProjectId, whole.Length) ? whole : Emptied(output);
            var row = await sql.InsertAsync<JobOutput>(
                $"INSERT INTO job_outputs (key, job_id, size, created) VALUES ({key}, {job.Id}, {stored.Length}, {now})"
            );
            return (row, stored);
        });
        using var content = new MemoryStream(bytes);
        await store.PutAsync(key, content, CancellationToken.None);
        return id;
    }

    // Without the texts, an output is long only if it has many iterations, names of files or one long error.
    private static byte[] Emptied(JobOutput output)
    {
        var emptied = JsonSerializer.SerializeToUtf8Bytes(WithoutTexts(output), Wire.Default.JobOutput);
        return emptied.Length <= EmptiedBytesMax
            ? emptied
            : JsonSerializer.SerializeToUtf8Bytes(
                new JobOutput([], "The output is not kept: it does not fit into the storage quota."),
                Wire.Default.JobOutput
            );
    }

    private static JobOutput WithoutTexts(JobOutput output)
    {
        return output with { Results = [.. output.Results.Select(Without)] };

        static IterationOutput Without(IterationOutput one) =>
            one with
            {
                Stdout = EmptiedText(one.Stdout),
                Stderr = EmptiedText(one.Stderr),
                Output = one.Output?.ToDictionary(file => file.Key, _ => ""),
                Truncated =
                [
                    .. (string[])[OutputView.StandardOutput, OutputView.StandardError],
                    .. one.Output?.Keys ?? [],
                ],
            };

        static string? EmptiedText(string? text) => text is null ? null : "";
    }

    /// <summary>Opens the stored document; null when it does not exist.</summary>
    public async Task<Stream?> OpenAsync(Id<JobOutput>? outputId)
    {
        if (await PlaceAsync(outputId) is not { } place)
            return null;
        try
        {
            return await store.OpenAsync(
                place.Key,
                offset: 0,
                place.Size > 0 ? place.Size : null,
                CancellationToken.None
            );
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads the stored output; null when it does not exist or is damaged.</summary>
    public async Task<JobOutput?> LoadAsync(Id<JobOutput>? outputId)
    {
        await using var stream = await OpenAsync(outputId);
        if (stream is null)
            return null;
        try
        {
            return await JsonSerializer.DeserializeAsync(stream, Wire.Default.JobOutput);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<(string Key, long Size)?> PlaceAsync(Id<JobOutput>? outputId) =>
        outputId is not { } id
            ? null
            : await db.ReadAsync(
                sql =>
                    sql.FirstAsync($"SELECT key, size FROM job_outputs WHERE id = {id}", row =>
                        ((string, long)?)(row.Text(), row.Long())
                    ),
                CancellationToken.None
            );

    /// <summary>Deletes outputs that no job references: the job is gone, or has a newer output.</summary>
    public async Task TidyAsync()
    {
        var orphans = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT job_outputs.id, job_outputs.key FROM job_outputs
                    WHERE job_outputs.created < {time.GetUtcNow()
                        - UnclaimedMax} AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_outputs.job_id AND jobs.output_id = job_outputs.id)
                    LIMIT {AtOnceMax}
                    """,
                    row => (Id: row.Long(), Key: row.Text())
                ),
            CancellationToken.None
        );
        var removed = new List<long>(orphans.Count);
        foreach (var (id, key) in orphans)
        {
            try
            {
                await store.DeleteAsync(key, CancellationToken.None);
            }
            // A failure to delete one does not stop the others.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!outages.Takes(e))
                    LogKept(e, key);
                continue;
            }
            removed.Add(id);
        }
        if (removed.Count > 0)
            await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM job_outputs WHERE id IN {removed}"));
    }

    [LoggerMessage(LogLevel.Warning, "The output {Key} could not be removed; the next sweep tries again")]
    private partial void LogKept(Exception e, string key);
}
