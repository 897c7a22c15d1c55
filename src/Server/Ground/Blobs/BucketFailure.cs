namespace Paddock.Server.Ground.Blobs;

/// <summary>Handles failures of a bucket.</summary>
internal static class BucketFailure
{
    private const int CharsMax = 500;

    /// <summary>
    /// True for any exception of the client library. Depending on the response it throws nearly anything, from XML
    /// exceptions to argument exceptions.
    /// </summary>
    public static bool Is(Exception e) => e is not OutOfMemoryException;

    /// <summary>Shortens a bucket's error message, which may be of any length.</summary>
    public static string Shorten(string said) => said.Length <= CharsMax ? said : said[..CharsMax] + "…";
}
