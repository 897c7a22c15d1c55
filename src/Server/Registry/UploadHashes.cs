using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Paddock.Server.Registry;

/// <summary>
/// Caches the running hash of each open upload, so that the bytes of earlier requests need not be read again. In memory
/// only: after a restart, or on another server, an upload's parts are read again.
/// </summary>
internal sealed class UploadHashes : IDisposable
{
    private const int KeptMax = 1024;
    private readonly ConcurrentDictionary<Guid, (long Size, IncrementalHash Hash)> kept = [];

    /// <summary>
    /// Takes the hash of the upload's bytes so far, for the caller to continue; null when it is not cached.
    /// </summary>
    /// <param name="size">The number of bytes that the hash must cover.</param>
    public IncrementalHash? Take(Guid upload, long size, HashAlgorithmName algorithm)
    {
        if (size == 0)
            return IncrementalHash.CreateHash(algorithm);
        if (!kept.TryRemove(upload, out var known))
            return null;
        if (known.Size == size && known.Hash.AlgorithmName == algorithm)
            return known.Hash;
        known.Hash.Dispose();
        return null;
    }

    public void Keep(Guid upload, long size, IncrementalHash? hash)
    {
        if (hash is null)
            return;
        if (kept.Count >= KeptMax)
            Forget(kept.First().Key); // Any entry; it may belong to an upload that ended on another server.
        if (!kept.TryAdd(upload, (size, hash)))
            hash.Dispose();
    }

    public void Forget(Guid upload)
    {
        if (kept.TryRemove(upload, out var known))
            known.Hash.Dispose();
    }

    public void Dispose()
    {
        foreach (var upload in kept.Keys)
            Forget(upload);
    }
}
