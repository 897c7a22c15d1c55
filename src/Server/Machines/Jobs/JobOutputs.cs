using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;

namespace Paddock.Server.Machines.Jobs;

/// <summary>What jobs have written: a JSON document for each delivery, in the blob store.</summary>
internal sealed partial class JobOutputs(Db db, IBlobStore store, DiskSpace disk, TimeProvider time,
    ILogger<JobOutputs> log)
{
    private const int AtOnceMax = 1000;
    private static readonly TimeSpan UnclaimedMax = TimeSpan.FromHours(1); // Of what was stored for a job that then took another way.

    /// <returns>What the job is to be given, which until then nobody finds.</returns>
    public async Task<long> SaveAsync(JobRow job, JobOutput output)
    {
        // It sends them again.
        if (disk.IsShort) throw new IOException("The disk is nearly full, so the job's results stay on its runner.");
        var (now, key) = (time.GetUtcNow(), $"jobs/{job.Uuid}/{Guid.NewGuid():N}");
        var id = await db.WriteAsync(sql => sql.InsertAsync($"INSERT INTO job_outputs (key, job_id, created) VALUES ({key}, {job.Id}, {now})"));
        using var bytes = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(output, Wire.Default.JobOutput));
        await store.PutAsync(key, bytes, CancellationToken.None);
        return id;
    }

    /// <summary>Null where there is none, or it cannot be read.</summary>
    public async Task<JobOutput?> LoadAsync(long? outputId)
    {
        if (outputId is not { } id || await db.ReadAsync(sql => sql.FirstAsync($"SELECT key FROM job_outputs WHERE id = {id}", row => row.Text()), CancellationToken.None) is not { } key)
            return null;
        try
        {
            await using var stream = await store.OpenAsync(key, offset: 0, length: null, CancellationToken.None);
            return await JsonSerializer.DeserializeAsync(stream, Wire.Default.JobOutput);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException) { return null; }
    }

    /// <summary>Removes what no job has: its job is gone, or has another one by now.</summary>
    public async Task TidyAsync()
    {
        var orphans = await db.ReadAsync(sql => sql.ListAsync(
            $"""
            SELECT job_outputs.id, job_outputs.key FROM job_outputs
            WHERE job_outputs.created < {time.GetUtcNow() - UnclaimedMax} AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_outputs.job_id AND jobs.output_id = job_outputs.id)
            LIMIT {AtOnceMax}
            """, row => (Id: row.Long(), Key: row.Text())), CancellationToken.None);
        var removed = new List<long>(orphans.Count);
        foreach (var (id, key) in orphans)
        {
            try { await store.DeleteAsync(key, CancellationToken.None); }
            // One that cannot be removed does not keep the others.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogKept(e, key);
                continue;
            }
            removed.Add(id);
        }
        if (removed.Count > 0)
            await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM job_outputs WHERE id IN {removed}"));
    }

    [LoggerMessage(LogLevel.Warning, "The output {Key} could not be removed; it will be later")]
    private partial void LogKept(Exception e, string key);
}
