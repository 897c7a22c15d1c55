using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Ground.Disk;

/// <summary>
/// Watches the free space on the disk of the data folder. A full disk stops every write, even one that would free
/// space, so requests that store something are refused while some space is left.
/// </summary>
internal sealed partial class DiskSpace(BaseOptions options, TimeProvider time, ILogger<DiskSpace> log)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private long looked = long.MinValue;
    private bool isShort;

    /// <summary>The number of free bytes; tests replace this.</summary>
    public Func<long> Free { get; set; } = () => new DriveInfo(Path.GetFullPath(options.DataFolder)).AvailableFreeSpace;

    public bool IsShort
    {
        get
        {
            if (options.Limits.DiskFreeMin == 0)
                return false;
            lock (gate)
            {
                if (looked != long.MinValue && time.GetElapsedTime(looked) < LookAgainAfter)
                    return isShort;
                looked = time.GetTimestamp();
                var was = isShort;
                isShort = Look();
                if (isShort && !was)
                    LogShort(options.DataFolder, options.Limits.DiskFreeMin);
                else if (was && !isShort)
                    LogEnough(options.DataFolder);
                return isShort;
            }
        }
    }

    /// <summary>Refuses a request that may store something. Reading, deleting and signing in stay possible.</summary>
    public void RefuseGrowth(HttpRequest request)
    {
        if (
            HttpMethods.IsGet(request.Method)
            || HttpMethods.IsHead(request.Method)
            || HttpMethods.IsOptions(request.Method)
            || HttpMethods.IsDelete(request.Method)
        )
            return;
        if (
            request.Path.StartsWithSegments("/v0/auth", StringComparison.OrdinalIgnoreCase)
            || request.Path.StartsWithSegments(AccountPaths.SignIn, StringComparison.OrdinalIgnoreCase)
        )
            return;
        if (request.Path.StartsWithSegments(ApiRoots.Mcp, StringComparison.OrdinalIgnoreCase))
            return; // Each MCP tool call is checked later, as the request that it makes.
        RefuseGrowth();
    }

    public void RefuseGrowth()
    {
        if (IsShort)
            throw new Refusal(
                Because.NoRoom,
                "The server's disk is nearly full, so the server stores nothing until there is room. Delete something, "
                    + "or tell the server's operator."
            )
            {
                OciCode = "DENIED",
            };
    }

    private bool Look()
    {
        try
        {
            return Free() < options.Limits.DiskFreeMin;
        }
        catch (IOException)
        {
            // If the free space cannot be read, nothing is refused.
            return false;
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "The disk of {Folder} has less than {Bytes} bytes left (PADDOCK_DISK_FREE_MIN_BYTES): "
            + "requests that store something are refused until there is room"
    )]
    private partial void LogShort(string folder, long bytes);

    [LoggerMessage(
        LogLevel.Information,
        "The disk of {Folder} has enough free space again; requests are no longer refused"
    )]
    private partial void LogEnough(string folder);
}
