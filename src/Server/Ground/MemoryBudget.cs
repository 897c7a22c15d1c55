namespace Paddock.Server.Ground;

/// <summary>
/// Keeps the server within the memory that PADDOCK_MEMORY_MAX_BYTES allows. What the garbage collector manages is
/// limited; a request that needs more than is left gets 503. Other limits bound the rest: pages of the program's file,
/// threads, and SQLite's caches for each connection.
/// </summary>
internal static class MemoryBudget
{
    /// <summary>With less, ordinary requests would get 503.</summary>
    public const long BytesMin = 192L << 20;

    // What a busy server was seen to use beside its managed heap.
    private const long Unmanaged = 128L << 20;

    public static void Keep(long bytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)(bytes - Unmanaged));
        GC.RefreshMemoryLimit();
    }
}
