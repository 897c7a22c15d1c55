namespace Paddock.Server.Ground.Blobs;

/// <summary>The blob store did not answer, or not as it should.</summary>
internal sealed class BlobStoreFailure(string message, Exception? inner) : IOException(message, inner);
