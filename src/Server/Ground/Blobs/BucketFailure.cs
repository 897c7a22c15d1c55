namespace Paddock.Server.Ground.Blobs;

/// <summary>How a bucket fails.</summary>
internal static class BucketFailure
{
    private const int CharsMax = 500;

    /// <summary>
    /// Whatever the client library throws: what it finds in an answer makes it throw nearly anything, from XML's
    /// exceptions to those about arguments.
    /// </summary>
    public static bool Is(Exception e) => e is not OutOfMemoryException;

    /// <summary>What a bucket has said, which it may say at any length.</summary>
    public static string Shorten(string said) => said.Length <= CharsMax ? said : said[..CharsMax] + "…";
}
