using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Paddock.Server.Registry;

/// <summary>
/// How far the hash of each upload under way has come, so that what one request brought need not be read again for the
/// next. Only a memory: after a restart, or on another server, an upload's parts are read once more.
/// </summary>
internal sealed class UploadHashes : IDisposable
{
    private const int KeptMax = 1024;
    private readonly ConcurrentDictionary<Guid, (long Size, IncrementalHash Hash)> kept = [];

    /// <summary>
    /// The hash of the upload's bytes so far, for the caller to go on with; null where that is not known.
    /// </summary>
    /// <param name="size">How many bytes it must be of.</param>
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
            Forget(kept.First().Key); // Which may be one that was given up on another server.
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
