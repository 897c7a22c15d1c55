namespace Paddock.Runner.Images;

/// <summary>What this runner takes of images.</summary>
/// <param name="DownloadBytesMax">Of all layers of one image, as they travel.</param>
/// <param name="StoreBytesMax">Of all layers that are kept, unpacked; what was not used for longest goes first.</param>
internal sealed record ImageLimits(long DownloadBytesMax, long StoreBytesMax, UnpackLimits Unpack)
{
    public static readonly ImageLimits Default = new(8L << 30, 64L << 30, UnpackLimits.Default);
}
