using System.IO.Compression;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// Copies the database into the data folder while the server runs: SQLite by its own backup, PostgreSQL by pg_dump. A
/// copy can be uploaded to a bucket. Outdated copies are removed after each new one.
/// </summary>
internal sealed partial class Backup(Db db, ServerOptions options, TimeProvider time, ILogger<Backup> log) : IDisposable
{
    /// <summary>The only kind of data store, by v0's name.</summary>
    private const string Bucket = "aws_s3";

    private readonly SemaphoreSlim one = new(1, 1);

    /// <returns>The time when the backup began, which is part of the file's name.</returns>
    public async Task<DateTimeOffset> MakeAsync(NewBackup backup)
    {
        Check(backup);
        if (!await one.WaitAsync(TimeSpan.Zero))
            throw Refusal.Conflict("Another backup is being made. Try again when it has ended.");
        try
        {
            var now = time.GetUtcNow();
            var file = await CopyAsync(Path.Combine(options.DataFolder, BackupName.Of(now)), backup.Compress ?? false);
            if (backup.DataStore is not null)
                await UploadAsync(file, options.Backups.Store!, now);
            if (backup.Remove is true)
                File.Delete(file);
            Prune(now);
            return now;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private void Check(NewBackup backup)
    {
        if (backup.DataStore is { } store && store != Bucket)
            throw Refusal.BadInput($"data_store: {Text.Quote(store)} is not known; allowed: {Bucket}");
        if (backup.DataStore is not null && options.Backups.Store is null)
            throw Refusal.BadInput(
                "data_store: no bucket is configured. Set PADDOCK_BACKUPS, or leave the field out: the copy then "
                    + "stays in "
                    + "the data folder"
            );
        if (backup is { Remove: true, DataStore: null })
            throw Refusal.BadInput("remove: without a data_store that would leave no copy at all; allowed: false");
    }

    private async Task UploadAsync(string file, Ground.Blobs.BlobOptions store, DateTimeOffset now)
    {
        try
        {
            using var bucket = new BackupBucket(store);
            await bucket.UploadAsync(file);
            foreach (var name in options.Backups.Outdated(await bucket.ListAsync(), now))
                await bucket.DeleteAsync(name);
        }
        catch (IOException e)
        {
            LogNotUploaded(file, e);
            throw Refusal.BadInput(
                $"data_store: the copy could not be uploaded and stays in the data folder as "
                    + $"\"{Path.GetFileName(file)}\". {e.Message}"
            );
        }
    }

    private void Prune(DateTimeOffset now)
    {
        var names = Directory.EnumerateFiles(options.DataFolder).Select(file => Path.GetFileName(file)!);
        foreach (var name in options.Backups.Outdated(names, now))
            File.Delete(Path.Combine(options.DataFolder, name));
    }

    /// <returns>The file.</returns>
    private async Task<string> CopyAsync(string path, bool compress)
    {
        // The copy gets its final name only when it is complete: an interruption leaves a .part file, which is never
        // taken for a backup. A dump has pg_dump's own format, which is compressed whether requested or not.
        var isDump = db.Engine == Engine.Postgres;
        var whole =
            isDump ? path + ".dump"
            : compress ? path + ".db.gz"
            : path + ".db";
        var (copy, packed) = (path + ".part", path + ".gz.part");
        if (File.Exists(whole))
            throw Refusal.Conflict($"There is a backup \"{Path.GetFileName(whole)}\" already; try again in a second.");
        try
        {
            File.Delete(copy);
            if (isDump)
                await DumpAsync(copy);
            else
                await db.CopyAsync(copy);
            if (compress && !isDump)
                await PackAsync(copy, packed);
            File.Move(compress && !isDump ? packed : copy, whole);
            return whole;
        }
        finally
        {
            File.Delete(copy);
            File.Delete(packed);
        }
    }

    private async Task DumpAsync(string file)
    {
        try
        {
            await PostgresTool.RunAsync(
                "pg_dump",
                options.Database,
                ["--format", "custom", "--no-owner", "--no-privileges", "--file", file]
            );
        }
        catch (RestoreException e)
        {
            throw Refusal.BadInput($"The backup could not be made: {e.Message}");
        }
    }

    private static async Task PackAsync(string from, string to)
    {
        await using var source = File.OpenRead(from);
        await using var target = File.Create(to);
        await using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
            await source.CopyToAsync(gzip);
        target.Flush(flushToDisk: true);
    }

    [LoggerMessage(LogLevel.Error, "The backup {File} could not be uploaded; it stays in the data folder")]
    private partial void LogNotUploaded(string file, Exception e);
}
