namespace Paddock.Server.Ground.Blobs;

/// <summary>
/// A place for bytes that are too many for the database: layers of images, what jobs have written. Each object has a
/// key that the database knows and that is never given to another one, is written once and as a whole, and is then only
/// read or removed. A disk or a bucket that fails is an <see cref="IOException"/>.
/// </summary>
internal interface IBlobStore
{
    /// <summary>
    /// Stores what the stream yields up to its end; when this returns, it is on disk. Where it throws, there is nothing
    /// under the key.
    /// </summary>
    /// <param name="key">Words of letters, digits and "-", with "/" between them: <c>jobs/0190...</c></param>
    Task PutAsync(string key, Stream content, CancellationToken ct);

    /// <param name="length">How many bytes will be read from there; null where the database does not say how long the
    /// object is.</param>
    /// <exception cref="FileNotFoundException">There is nothing under the key.</exception>
    Task<Stream> OpenAsync(string key, long offset, long? length, CancellationToken ct);

    /// <summary>Removes the object; that it is not there is no error.</summary>
    Task DeleteAsync(string key, CancellationToken ct);

    /// <exception cref="ArgumentException">It is no key; none leads out of the store.</exception>
    internal static string Checked(string key) =>
        key.Length > 0 && key[0] != '/' && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '/')
            ? key
            : throw new ArgumentException($"\"{key}\" is no key of a blob", nameof(key));
}
