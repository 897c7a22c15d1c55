namespace Paddock.Server.Ground.Blobs;

/// <summary>The blob store did not respond, or responded wrongly.</summary>
internal sealed class BlobStoreFailure(string message, Exception? inner) : IOException(message, inner);
