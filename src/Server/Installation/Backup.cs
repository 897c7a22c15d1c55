using System.Globalization;
using System.IO.Compression;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// Copies of the database in the data folder, made while the server works on: of the embedded one by itself, of
/// PostgreSQL by pg_dump.
/// </summary>
internal sealed class Backup(Db db, ServerOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <returns>When it was begun, which is in the file's name.</returns>
    public async Task<DateTimeOffset> MakeAsync(NewBackup backup)
    {
        if (backup.DataStore is not null)
            throw Refusal.BadInput(
                $"data_store: {Text.Quote(backup.DataStore)} is not configured; leave the field out, the copy stays "
                    + $"in the data folder"
            );
        if (backup.Remove is true)
            throw Refusal.BadInput("remove: without a data store that would leave no copy at all; allowed: false");
        if (!await one.WaitAsync(TimeSpan.Zero))
            throw Refusal.Conflict("A backup is being made already; try again when it has ended.");
        try
        {
            var now = time.GetUtcNow();
            var name = string.Create(CultureInfo.InvariantCulture, $"backup-paddock-{now:yyyy-MM-dd-HH-mm-ss}.db");
            if (db.Engine == Engine.Postgres)
                await DumpAsync(Path.Combine(options.DataFolder, Path.ChangeExtension(name, ".dump")));
            else
                await MakeAsync(Path.Combine(options.DataFolder, name), compress: backup.Compress ?? false);
            return now;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    // Under its own name only when it is whole: whatever stops this in between leaves a .part, which no one takes for a
    // backup.
    private async Task MakeAsync(string file, bool compress)
    {
        var (copy, packed, whole) = (file + ".part", file + ".gz.part", compress ? file + ".gz" : file);
        if (File.Exists(whole))
            throw Refusal.Conflict($"There is a backup \"{Path.GetFileName(whole)}\" already; try again in a second.");
        try
        {
            File.Delete(copy);
            await db.CopyAsync(copy);
            if (compress)
                await PackAsync(copy, packed);
            File.Move(compress ? packed : copy, whole);
        }
        finally
        {
            File.Delete(copy);
            File.Delete(packed);
        }
    }

    // In pg_dump's own form, which is compressed whether that was asked for or not.
    private async Task DumpAsync(string whole)
    {
        var part = whole + ".part";
        if (File.Exists(whole))
            throw Refusal.Conflict($"There is a backup \"{Path.GetFileName(whole)}\" already; try again in a second.");
        try
        {
            await PostgresTool.RunAsync(
                "pg_dump",
                options.Database,
                ["--format", "custom", "--no-owner", "--no-privileges", "--file", part]
            );
            File.Move(part, whole);
        }
        catch (RestoreException e)
        {
            throw Refusal.BadInput($"The backup could not be made: {e.Message}");
        }
        finally
        {
            File.Delete(part);
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
}
