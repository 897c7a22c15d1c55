namespace Paddock.Runner.Images;

/// <summary>This runner's limits for images.</summary>
/// <param name="DownloadBytesMax">Limit for all layers of one image, as transferred.</param>
/// <param name="StoreBytesMax">Limit for all stored layers, unpacked; the least recently used are evicted.</param>
internal sealed record ImageLimits(long DownloadBytesMax, long StoreBytesMax, UnpackLimits Unpack)
{
    public static readonly ImageLimits Default = new(8L << 30, 64L << 30, UnpackLimits.Default);
}
