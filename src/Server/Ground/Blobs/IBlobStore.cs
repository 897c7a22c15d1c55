namespace Paddock.Server.Ground.Blobs;

/// <summary>
/// Stores content that is too large for the database: image layers and job output. Each object has a key that the
/// database records and never reuses. An object is written once and as a whole, and is then only read or deleted. A
/// failure of the disk or bucket is an <see cref="IOException"/>.
/// </summary>
internal interface IBlobStore
{
    /// <summary>
    /// Stores the stream's content. When this returns, the content is on disk. When it throws, nothing is stored under
    /// the key.
    /// </summary>
    /// <param name="key">Segments of letters, digits and "-", separated by "/": <c>jobs/0190...</c></param>
    Task PutAsync(string key, Stream content, CancellationToken ct);

    /// <param name="length">The number of bytes that will be read from the offset; null if the database does not know
    /// the object's length.</param>
    /// <exception cref="FileNotFoundException">No object has this key.</exception>
    Task<Stream> OpenAsync(string key, long offset, long? length, CancellationToken ct);

    /// <summary>Deletes the object. A missing object is no error.</summary>
    Task DeleteAsync(string key, CancellationToken ct);

    /// <exception cref="ArgumentException">The text is not a valid key. A valid key cannot lead out of the
    /// store.</exception>
    internal static string Checked(string key) =>
        key.Length > 0 && key[0] != '/' && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '/')
            ? key
            : throw new ArgumentException($"\"{key}\" is not the key of a blob", nameof(key));
}
