using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Import;

/// <summary>
/// Imports the database of a Bencher server, sent as a request body. It keeps UUIDs and creates users, so only
/// administrators may call it.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "It lives as long as the server, and its semaphore has no handle."
)]
internal sealed class BencherEndpoints(DiskSpace disk, BaseOptions options, ImportBencher import)
{
    /// <summary>No larger Bencher database is known.</summary>
    public const long BytesMax = 64L << 30;

    private const int ChunkBytes = 1 << 20;

    private readonly SemaphoreSlim one = new(1, 1);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var bencher = ActivatorUtilities.CreateInstance<BencherEndpoints>(routes.ServiceProvider);
        routes
            .Post("/v0/server/import/bencher", call => call.QueryFlag("dry_run"), By.Admin, bencher.ImportAsync)
            .Gives<BencherImported>(201);
    }

    private async Task<Answer> ImportAsync(Call call, UserCaller admin, bool isDry)
    {
        if (!await one.WaitAsync(TimeSpan.Zero))
            throw Refusal.Conflict("Another database is being imported. Try again when that import has ended.");
        var path = Path.Combine(options.DataFolder, $"import-{Guid.NewGuid():N}.db.part");
        try
        {
            await ReceiveAsync(call.Http, path);
            using var file = BencherFile.Open(path);
            return isDry
                ? Answer.Ok(await import.CountAsync(file, call.Aborted), Wire.Default.BencherImported)
                : Answer.Created(await import.RunAsync(file), Wire.Default.BencherImported);
        }
        catch (Exception e)
            when (e
                    is SqliteException
                        or InvalidCastException
                        or InvalidDataException
                        or FormatException
                        or OverflowException
                        or KeyNotFoundException
            )
        {
            throw Refusal.BadInput(
                $"the database cannot be read ({e.Message}); the rows that were imported before this stay, and another "
                    + $"import skips them"
            );
        }
        finally
        {
            File.Delete(path);
            one.Release();
        }
    }

    private async Task ReceiveAsync(HttpContext http, string path)
    {
        await using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            long received = 0;
            while (await http.Request.Body.ReadAsync(chunk, http.RequestAborted) is > 0 and var count)
            {
                disk.RefuseGrowth();
                if ((received += count) > BytesMax)
                    throw new Refusal(Because.TooLarge, $"the database is larger than {BytesMax} bytes");
                await file.WriteAsync(chunk.AsMemory(0, count), http.RequestAborted);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
